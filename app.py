"""What `streamlit run app.py` starts: the server of `page.py`, unless it must not run."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st

from explorer import start


@asynccontextmanager
async def serving(_: st.App) -> AsyncIterator[None]:
    """Around all visits. A person's own machine shows the page by itself, as Streamlit's would."""
    if not st.get_option("server.headless"):
        start.open_page(st.get_option("server.port"), st.get_option("server.baseUrlPath"))
    yield


start.begin()
app = st.App("page.py", lifespan=serving)
