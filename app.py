"""What `streamlit run app.py` starts: the server of `page.py`, unless it must not run."""

import runpy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer import start

PAGE = Path(__file__).with_name("page.py")


@asynccontextmanager
async def serving(_: st.App) -> AsyncIterator[None]:
    """Around all visits. A person's own machine shows the page by itself, as Streamlit's would."""
    if not st.get_option("server.headless"):
        start.open_page(st.get_option("server.port"), st.get_option("server.baseUrlPath"))
    yield


if get_script_run_ctx(suppress_warning=True):  # a host that takes this file itself for the page
    runpy.run_path(str(PAGE))
else:
    start.begin()
app = st.App(PAGE, lifespan=serving)
