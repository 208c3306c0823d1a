"""The page as Streamlit's own test runner sees it: no browser, the real workers."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer import run, share, wire
from explorer.gallery import EXAMPLES
from explorer.panels import leaves, memory, steps
from explorer.records import Program

APP = str(Path(__file__).parent.parent / "page.py")
SECONDS = 60
"""The first run waits for PyTorch."""


@pytest.fixture(scope="module", autouse=True)
def workers() -> Iterator[None]:
    yield
    run.shutdown()


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_file(APP, default_timeout=SECONDS).run()


def payload(app: AppTest, view: str) -> Any:
    """What one of our components was sent."""
    protos = [element.proto for element in app.get("bidi_component")]
    (found,) = [proto for proto in protos if proto.component_name.endswith(f"_{view}")]
    data = json.loads(found.bytes)
    if "trace" in data:
        parcel = {name: data.pop(name) for name in ("tensors", "trace")}
        data["trace"] = json.loads(wire.written_out(wire.decode(json.dumps(parcel))))
    return data


def sent(app: AppTest) -> set[str]:
    return {element.proto.component_name.rsplit("_")[-1] for element in app.get("bidi_component")}


def test_the_first_load_has_run_the_first_example(app: AppTest) -> None:
    assert not app.exception
    graph = payload(app, "graph")
    assert graph["trace"]["program"]["source"] == EXAMPLES[0].source
    assert graph["trace"]["passes"][0]["steps"]
    assert payload(app, "editor")["source"] == EXAMPLES[0].source


def test_every_view_is_sent_the_same_run(app: AppTest) -> None:
    assert {"runtime", "editor", "graph", "lines", "leaves"} <= sent(app)
    assert payload(app, "graph")["run"] == payload(app, "leaves")["run"] == 1


def test_the_code_of_the_views_is_left_out_once_one_of_them_has_spoken(app: AppTest) -> None:
    app.run()
    assert "runtime" in sent(app)
    app.session_state["has_runtime"] = True
    app.run()
    assert sent(app) >= {"editor", "graph", "lines", "leaves"}
    assert "runtime" not in sent(app)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.slug)
def test_picking_an_example_runs_it(app: AppTest, example: Any) -> None:
    app.selectbox(key="example").select(example.slug).run()
    assert not app.exception
    trace = payload(app, "graph")["trace"]
    assert trace["program"]["source"] == example.source
    assert trace["failure"] is None
    assert example.caption in [caption.value for caption in app.caption]


def test_picking_an_example_replaces_the_text_and_forgets_the_options(app: AppTest) -> None:
    before = payload(app, "editor")["revision"]
    app.number_input(key="seed").set_value(5).run()
    app.selectbox(key="example").select("shared_leaf").run()
    assert payload(app, "editor")["revision"] > before
    assert app.number_input(key="seed").value == 0


def test_another_seed_runs_again_and_leaves_the_text_alone(app: AppTest) -> None:
    before = payload(app, "editor")["revision"]
    app.number_input(key="seed").set_value(5).run()
    assert payload(app, "graph")["trace"]["program"]["seed"] == 5
    assert payload(app, "graph")["run"] == 2
    assert payload(app, "editor")["revision"] == before


def test_picking_a_step_of_a_training_moves_the_graph_to_its_pass(app: AppTest) -> None:
    app.session_state[steps.OPEN] = True
    app.selectbox(key="example").select("training_loop").run()
    assert payload(app, "graph")["pass"] is None
    (step,) = [one for one in app.number_input if one.label.startswith("Step, 0 to")]
    step.set_value(2).run()
    assert not app.exception
    graph = payload(app, "graph")
    assert graph["pass"] == 2
    app.selectbox(key="example").select(EXAMPLES[0].slug).run()
    assert payload(app, "graph")["pass"] is None


def test_a_closed_box_costs_no_table(app: AppTest) -> None:
    app.selectbox(key="example").select("training_loop").run()
    assert not app.dataframe
    app.session_state[leaves.TOUCHED] = True
    app.selectbox(key="example").select("without_zero_grad").run()
    assert "SGD.step" in list(app.dataframe[0].value["what"])


def test_a_host_that_takes_the_server_for_the_page_gets_the_page() -> None:
    app = AppTest.from_file(Path(APP).with_name("app.py"), default_timeout=SECONDS)
    app.run()
    assert not app.exception
    assert payload(app, "graph")["trace"]["failure"] is None


def test_root_and_v_reach_the_program(app: AppTest) -> None:
    app.selectbox(key="example").select("vector_output").run()
    app.text_input(key="root").set_value(" y ").run()
    app.button_group(key="v").set_value("expression").run()
    app.text_input(key="gradient").set_value("torch.tensor([1., 0., 0.])").run()
    trace = payload(app, "graph")["trace"]
    assert trace["program"]["root"] == "y"
    assert trace["passes"][0]["v"]["values"] == [1.0, 0.0, 0.0]


def test_one_element_of_the_root_makes_v_one_hot(app: AppTest) -> None:
    app.selectbox(key="example").select("vector_output").run()
    app.button_group(key="v").set_value("one element").run()
    app.number_input(key="element").set_value(2).run()
    assert payload(app, "graph")["trace"]["passes"][0]["v"]["values"] == [0.0, 0.0, 1.0]


def test_a_link_shows_its_program_and_does_not_run_it() -> None:
    app = AppTest.from_file(APP, default_timeout=SECONDS)
    app.query_params["c"] = share.pack(Program("import torch\nprint('from a link')\n", seed=9))
    app.run()
    assert not app.exception
    assert "from a link" in payload(app, "editor")["source"]
    assert "graph" not in sent(app)
    assert app.number_input(key="seed").value == 9
    assert any("Read it, then press Run" in info.value for info in app.info)


@pytest.mark.parametrize("link", ["nonsense", "", "eJw"])
def test_a_damaged_link_says_so_and_shows_the_first_example(link: str) -> None:
    app = AppTest.from_file(APP, default_timeout=SECONDS)
    app.query_params["c"] = link
    app.run()
    assert payload(app, "graph")["trace"]["program"]["source"] == EXAMPLES[0].source
    assert any("damaged" in info.value for info in app.info)


def test_words_of_a_stranger_in_a_link_are_no_markdown() -> None:
    image = "![x](http://x.invalid/a.png)"
    stack = json.dumps({"layers": [{"name": image}]}).encode()
    app = AppTest.from_file(APP, default_timeout=SECONDS)
    packed = base64.urlsafe_b64encode(zlib.compress(stack)).decode().rstrip("=")
    app.query_params["s"] = packed
    app.run()
    assert any(image in text.value for text in app.text)
    for kind in (app.info, app.markdown, app.caption, app.error):
        assert not any("x.invalid" in one.value for one in kind)


@pytest.mark.parametrize("seed", [-1, 2**70])
def test_a_seed_out_of_range_in_a_link_does_not_break_the_page(seed: int) -> None:
    app = AppTest.from_file(APP, default_timeout=SECONDS)
    app.query_params["c"] = share.pack(Program("x = 1\n", seed=seed))
    app.run()
    assert not app.exception


def test_sharing_gives_a_link_that_holds_the_program(app: AppTest) -> None:
    (link,) = [code.value for code in app.code if "?c=" in code.value]
    assert share.unpack(link.partition("?c=")[2]).source == EXAMPLES[0].source


def test_the_session_remembers_text_not_records(app: AppTest) -> None:
    ours = [name for name in dir(memory) if name.isupper() and name != "LARGEST_SEED"]
    kept = [
        app.session_state[key] for key in map(memory.__dict__.get, ours) if key in app.session_state
    ]
    assert len(kept) >= 10
    assert {type(value) for value in kept} <= {str, int, bool, type(None)}


def test_the_last_line_names_versions_and_locks(app: AppTest) -> None:
    last = app.caption[-1].value
    assert "torch" in last
    assert "process of its own" in last
