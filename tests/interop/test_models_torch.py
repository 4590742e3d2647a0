"""Networks of torch pinned by vetiver; torch is heavy, so `make test-engines` runs these."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pins
import pytest
from sklearn.metrics import accuracy_score, brier_score_loss, log_loss, r2_score, roc_auc_score

from reportgen.errors import DataError, TrustError
from tests.boards_support import PINS_LEAVES_FILES_OPEN
from tests.models_support import asked_model, card_record, pin_with_vetiver

pytestmark = pytest.mark.engines

RANDOM = np.random.default_rng(5)
N = 500
ROWS = pd.DataFrame(RANDOM.normal(size=(N, 3)), columns=["a", "b", "c"])
ROWS["y"] = (ROWS["a"] - ROWS["b"] + RANDOM.normal(size=N) > 0).astype(int)
ROWS["k"] = np.select([ROWS["a"] > 0.5, ROWS["b"] > 0], [2, 1], 0)
ROWS["v"] = 2 * ROWS["a"] + RANDOM.normal(size=N)
INPUTS = ["a", "b", "c"]
ARRAY = np.array(ROWS[INPUTS], dtype=np.float32)


def trained(outputs: int, loss: Any, target: np.ndarray, *last: Any) -> Any:
    import torch

    torch.manual_seed(2)
    network = torch.nn.Sequential(
        torch.nn.Linear(3, 8),
        torch.nn.ReLU(),
        torch.nn.Dropout(0.5),
        torch.nn.Linear(8, outputs),
        *last,
    )
    optimizer = torch.optim.Adam(network.parameters(), lr=0.05)
    given, wanted = torch.from_numpy(ARRAY), torch.from_numpy(np.array(target))
    for _ in range(30):
        optimizer.zero_grad()
        loss(network(given), wanted).backward()
        optimizer.step()
    return network


def output(network: Any) -> np.ndarray:
    """What it gives without dropout, in double precision."""
    import torch

    network.eval()
    with torch.no_grad():
        return network(torch.from_numpy(ARRAY)).numpy().astype(float)


def column(name: str) -> np.ndarray:
    return ROWS[[name]].to_numpy(dtype=np.float32)


def softmax(margins: np.ndarray) -> np.ndarray:
    powers = np.exp(margins - margins.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def test_logits_of_three_classes_become_probabilities(tmp_path: Path) -> None:
    import torch

    network = trained(3, torch.nn.CrossEntropyLoss(), ROWS["k"].to_numpy())
    network.train()  # as it came from training: dropout must be off when it is asked
    rows = ROWS[[*INPUTS, "k"]]
    board = pin_with_vetiver(tmp_path, network, ARRAY, rows)
    record = card_record(board, "k")
    scores = softmax(output(network))
    assert record.values["evaluation.log_loss"].number == pytest.approx(
        log_loss(ROWS["k"], scores), abs=1e-6
    )
    assert record.values["evaluation.accuracy"].number == pytest.approx(
        accuracy_score(ROWS["k"], scores.argmax(axis=1))
    )
    assert record.facts["model.inputs"].text == "a, b, c"
    assert record.facts["model.output"].text.startswith("logits")
    assert record.facts["model.class"].text == "Sequential"
    table = record.tables["model.layers"]
    layers = [(row[0].text, row[1].text, row[2].value) for row in table.rows]
    assert layers[0][:2] == ("0", "Linear(in_features=3, out_features=8, bias=True)")
    assert record.values[layers[0][2]].number == 3 * 8 + 8
    assert record.values["model.weights"].number == 3 * 8 + 8 + 8 * 3 + 3
    assert " at 0x" not in str(record)


@pytest.mark.parametrize("said", ["layer", "target", "names"])
def test_one_output_of_two_classes(tmp_path: Path, said: str) -> None:
    """Told by a sigmoid at the end, by a target of 0 and 1, or by the names of the classes."""
    import torch

    if said == "layer":
        network = trained(1, torch.nn.BCELoss(), column("y"), torch.nn.Sigmoid())
        probability = output(network)[:, 0]
    else:
        network = trained(1, torch.nn.BCEWithLogitsLoss(), column("y"))
        probability = 1 / (1 + np.exp(-output(network)[:, 0]))
    rows, metadata = ROWS[[*INPUTS, "y"]], {}
    if said == "names":
        metadata = {"classes": ["stays", "goes"]}
        rows = rows.assign(y=rows["y"].map({0: "stays", 1: "goes"}))
    board = pin_with_vetiver(tmp_path, network, ROWS[INPUTS], rows, metadata)
    values = card_record(board, "y").values
    assert values["evaluation.roc_auc"].number == pytest.approx(
        roc_auc_score(ROWS["y"], probability)
    )
    assert values["evaluation.brier"].number == pytest.approx(
        brier_score_loss(ROWS["y"], probability), abs=1e-6
    )
    assert values["evaluation.threshold"].number == 0.5


def test_a_log_softmax_and_two_outputs(tmp_path: Path) -> None:
    import torch

    network = trained(2, torch.nn.NLLLoss(), ROWS["y"].to_numpy(), torch.nn.LogSoftmax(dim=1))
    board = pin_with_vetiver(tmp_path, network, ROWS[INPUTS], ROWS)
    _, frame = asked_model(board, tmp_path / "own", "y")
    np.testing.assert_allclose(frame.scores, np.exp(output(network)[:, 1]), atol=1e-6)


def test_a_number_and_rows_in_batches(tmp_path: Path) -> None:
    import torch

    network = trained(1, torch.nn.MSELoss(), column("v"))
    many = pd.concat([ROWS] * 9, ignore_index=True)  # more rows than one batch holds
    board = pin_with_vetiver(tmp_path, network, ROWS[INPUTS], many)
    values = card_record(board, "v").values
    expected = np.tile(output(network)[:, 0], 9)
    assert values["evaluation.rows"].number == len(many)
    assert values["evaluation.r2"].number == pytest.approx(r2_score(many["v"], expected), abs=1e-6)
    _, frame = asked_model(board, tmp_path / "own", "v")
    assert frame.task == "regression"
    np.testing.assert_allclose(frame.ask(many[INPUTS][:7]).predicted, expected[:7], atol=1e-5)


def test_what_is_said_and_not_so_is_refused(tmp_path: Path) -> None:
    import torch

    network = trained(1, torch.nn.BCEWithLogitsLoss(), column("y"))
    said = {"output": "probabilities"}
    board = pin_with_vetiver(tmp_path, network, ROWS[INPUTS], ROWS, said)
    with pytest.raises(DataError, match="lie outside 0 to 1"):
        asked_model(board, tmp_path / "own", "y")


def test_more_columns_than_inputs_are_not_guessed(tmp_path: Path) -> None:
    import torch

    network = trained(1, torch.nn.MSELoss(), column("v"))
    board = pin_with_vetiver(tmp_path, network, ARRAY, ROWS)
    with pytest.raises(DataError, match="lacks 3 of the model's 3 features"):
        asked_model(board, tmp_path / "own", "v")


def test_words_in_numbers_go_to_an_embedding_whole(tmp_path: Path) -> None:
    import torch

    torch.manual_seed(4)
    network = torch.nn.Sequential(
        torch.nn.Embedding(20, 4), torch.nn.Flatten(), torch.nn.Linear(8, 2)
    )
    words = pd.DataFrame(RANDOM.integers(0, 20, (50, 2)), columns=["first", "second"])
    rows = words.assign(y=np.arange(50) % 2)
    board = pin_with_vetiver(tmp_path, network, words, rows)
    _, frame = asked_model(board, tmp_path / "own", "y")
    with torch.no_grad():
        expected = network(torch.from_numpy(np.array(words))).numpy()
    np.testing.assert_allclose(frame.scores, softmax(expected.astype(float))[:, 1], atol=1e-6)


@PINS_LEAVES_FILES_OPEN
def test_a_file_of_torch_is_a_pickle_too(tmp_path: Path) -> None:
    import torch

    import reportgen as rg

    network = trained(1, torch.nn.MSELoss(), column("v"))
    board = pins.board_folder(str(tmp_path / "board"))
    for name, kept in (("whole", network), ("weights", network.state_dict())):
        torch.save(kept, tmp_path / f"{name}.pt")
        board.pin_upload([str(tmp_path / f"{name}.pt")], name)
    with pytest.raises(TrustError, match="allow_pickle"):
        rg.card(tmp_path / "board", "whole", data="whole", target="v")
    whole = rg.card(tmp_path / "board", "whole", trust_model=True)
    assert whole.data.facts["model.version"].text
    with pytest.raises(DataError, match="weights of a network without the network"):
        rg.card(tmp_path / "board", "weights", trust_model=True)
