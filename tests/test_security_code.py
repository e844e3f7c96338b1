"""What the code of this project never does, read from the code itself; and weights that are not the published ones."""

from __future__ import annotations

import ast
import json
import re
import shutil
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

import synth
from synth.errors import InputError, SynthError
from synth.models import calibration, embedding, stance

ROOT = Path(synth.__file__).parents[1]
FILES = sorted([*(ROOT / "synth").rglob("*.py"), *(ROOT / "replicate").rglob("*.py")])
NO_IMPORT = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "yaml", "telnetlib", "ftplib",
"pty"}
NO_CALL = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "os.execv", "os.execvp", "torch.load",
    "torch.save",
    "numpy.fromregex", "pandas.read_pickle", "tempfile.mktemp", "webbrowser.open", "urllib.request.urlopen",
    "ssl._create_unverified_context",
}  # fmt: skip


def nodes() -> Iterator[tuple[str, ast.AST]]:
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            yield f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}", node


def name_of(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def imported(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name.split(".")[0] for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.level == 0:
        return {(node.module or "").split(".")[0]}
    if isinstance(node, ast.Call) and name_of(node.func).endswith("import_module") and node.args:
        first = node.args[0]
        return {first.value.split(".")[0]} if isinstance(first, ast.Constant) and isinstance(first.value,
        str) else set()
    return set()


def test_the_search_finds_what_it_looks_for() -> None:
    tree = ast.parse("import pickle\nfrom dill import x\nimport_module('marshal.y')\nos.system('ls')\ntorch.load(f)")
    assert set().union(*(imported(node) for node in ast.walk(tree))) >= {"pickle", "dill", "marshal"}
    assert {name_of(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)} >= {"os.system", "torch.load"}
    assert len(FILES) > 150


def test_nothing_is_unpickled_or_run_as_code() -> None:
    found = [f"{where} imports {name}" for where, node in nodes() for name in imported(node) & NO_IMPORT]
    for where, node in nodes():
        if not isinstance(node, ast.Call):
            continue
        called = name_of(node.func)
        if called in NO_CALL:
            found.append(f"{where} calls {called}")
        for word in node.keywords:
            told = isinstance(word.value, ast.Constant) and word.value.value
            if word.arg in ("shell", "allow_pickle", "trust_remote_code", "resolve_entities", "huge_tree",
            "load_dtd") and told:
                found.append(f"{where} passes {word.arg}=True")
            if word.arg in ("verify", "weights_only", "no_network") and told is False and isinstance(word.value,
            ast.Constant):
                found.append(f"{where} passes {word.arg}=False")
    assert found == []


def test_a_child_takes_no_module_from_where_it_is_started() -> None:
    """Python puts the current folder first for -c and -m; a folder of papers may hold modules. -P keeps it out."""
    trusted = {"synth/evaluation/speed.py", "replicate/workers.py"}  # started by a person, in no folder of papers
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.List | ast.Tuple) and node.elts and name_of(node.elts[0]) == "sys.executable":
                words = [e.value for e in node.elts if isinstance(e, ast.Constant)]
                where = str(file.relative_to(ROOT))
                assert "-P" in words or where in trusted, f"{where}:{node.lineno}"


def test_templates_are_part_of_the_package_and_escape() -> None:
    """A template is never made of a text; where HTML is made it escapes."""
    found = []
    for where, node in nodes():
        if isinstance(node, ast.Call) and name_of(node.func).endswith((".from_string", "jinja2.Template")):
            found.append(where.split(":")[0])
    # Both from a file of the package: the words of a prompt, and the page over a batch.
    assert set(found) <= {"synth/models/language.py", "synth/render/index.py"}
    for file in (ROOT / "templates").rglob("*.html.j2"):
        assert not re.search(r"\|\s*safe\b|autoescape\s+false", file.read_text("utf-8")), file


# --- libraries that read what strangers send ------------------------------------------------------------------

# The first version without a known hole that matters here. Without a network nothing can be looked up: the list is kept
# by hand, and an audit against a database of advisories is a step of its own.
CLOSED = {
    "requests": "2.32.4",  # logins of .netrc went to the host of a crafted address
    "urllib3": "2.7.0",  # answers that unpack without bound, of redirects and of what is left unread
    "jinja2": "3.1.6",  # a way out of the sandbox
    "filelock": "3.20.1",  # a link put in the place of a lock
}


def version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


@pytest.mark.parametrize("name", CLOSED)
def test_the_libraries_at_hand_are_past_their_known_holes(name: str) -> None:
    assert version(metadata.version(name)) >= version(CLOSED[name])


def test_an_installation_can_only_get_libraries_past_their_known_holes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    bounds = {found[1]: found[2] for line in project if (found := re.match(r"([\w-]+)>=([\d.]+)", line))}
    low = {name: bounds[name] for name in CLOSED if version(bounds[name]) < version(CLOSED[name])}
    assert low == {}


# --- weights ------------------------------------------------------------------------------------------------------

PACKED = {
    "minilm": ("model.onnx", "tokenizer.json"),
    "stance_minilm": ("model.onnx", "tokenizer.json", "calibration.json"),
}


def test_every_shipped_file_of_a_model_has_a_checksum() -> None:
    for folder, names in PACKED.items():
        listed = json.loads((ROOT / "synth/models" / folder / "checksums.json").read_text("utf-8"))["files"]
        assert set(names) <= set(listed)
        there = {f.name for f in (ROOT / "synth/models" / folder).iterdir()} - {"checksums.json", "card.md"}
        assert there <= set(listed)
        assert all(re.fullmatch(r"[0-9a-f]{64}", value) for value in listed.values())


@pytest.mark.parametrize(("folder", "name"), [(folder, name) for folder, names in PACKED.items() for name in names])
def test_a_turned_bit_of_a_model_is_noticed_before_it_is_used(tmp_path: Path, folder: str, name: str) -> None:
    from synth.models.packaged import verified

    place = shutil.copytree(ROOT / "synth/models" / folder, tmp_path / folder)
    assert len(verified(place, "model", "install again", *PACKED[folder])) == len(PACKED[folder])
    data = bytearray((place / name).read_bytes())
    data[len(data) // 2] ^= 1
    (place / name).write_bytes(bytes(data))
    with pytest.raises(SynthError, match=f"{name} of the packaged model is not the published file"):
        verified(place, "model", "install again", *PACKED[folder])


def test_the_doors_to_the_models_look_at_the_checksums() -> None:
    """Each module that opens a packaged model goes through the one function that compares."""
    for module in (embedding, stance, calibration):
        assert "verified(" in Path(str(module.__file__)).read_text("utf-8")


class Evil:
    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.place,)


def test_a_model_by_name_that_brings_a_pickle_runs_nothing(tmp_path: Path) -> None:
    """A folder or hub repository may hold weights that are a program; they are refused, not run."""
    import pickle
    import zipfile

    from synth.models.stance_named import NamedStance

    ran = tmp_path / "ran"
    folder = tmp_path / "model"
    folder.mkdir()
    config = {"model_type": "bert", "vocab_size": 30, "hidden_size": 8, "num_hidden_layers": 1,
    "num_attention_heads": 1,
              "intermediate_size": 8, "id2label": {"0": "contradiction", "1": "entailment", "2": "neutral"},
              "auto_map": {"AutoConfig": "evil.Config",
              "AutoModelForSequenceClassification": "evil.Model"}}  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "evil.py").write_text(f"open({str(ran)!r}, 'w')")
    (folder / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n")
    with zipfile.ZipFile(folder / "pytorch_model.bin", "w") as archive:  # the form in which torch pickles
        archive.writestr("archive/data.pkl", pickle.dumps(Evil(ran), protocol=2))
        archive.writestr("archive/version", "3")
    with pytest.raises(InputError, match=r"(?i)weights.only|unsupported|safetensors"):
        NamedStance(str(folder))
    assert not ran.exists()
    pickle.loads(pickle.dumps(Evil(ran)))
    assert ran.exists()  # it would have run
