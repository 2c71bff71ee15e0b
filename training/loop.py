"""The training loop, one for teacher and student: step, accumulate, validate, save, go on.

Step 5 of the pipeline. Owns optimisers, schedule, slices and progress. What is minimised comes in as an objective
(`training/distill.py`). Matrices inside the blocks learn by Muon (Jordan et al. 2024, as in torch.optim), everything
else by AdamW. A run may be killed at any moment and started again with the same command: it goes on from its newest
checkpoint with the same rows and the same numbers as if nothing had happened. Several processes
(`training/distributed.py`) share the rows of each step; how many they are changes the order of summing and no more.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from autocomplete.tokenizer import START
from training import checkpoint as checkpoints
from training.compilation import by_region, compile_blocks
from training.config import RunConfig, same_run
from training.distributed import Group
from training.losses import cross_entropy
from training.model import Transformer
from training.shards import Shards

Objective = Callable[..., tuple[Tensor, Tensor]]
"""(model, tokens [B, T], segments [B, T], targets [B, T], *prepared) to what is minimised and the cross-entropy."""

Prepare = Callable[[Tensor, Tensor], tuple[Tensor, ...]]
"""Rows int64 [B, T + 1] and their numbers in the split int64 [B], on the CPU, to what an objective takes after its
targets; never compiled."""


Watch = Callable[[dict[str, Any]], None]
"""What is told each line of the metrics."""


def nothing(rows: Tensor, numbers: Tensor) -> tuple[Tensor, ...]:
    """Prepare nothing: the objective is content with the rows."""
    return ()


def plain_objective(model: nn.Module, tokens: Tensor, segments: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Next-token cross-entropy: how a teacher learns."""
    loss = cross_entropy(model(tokens, segments), targets)
    return loss, loss


@dataclass
class Progress:
    """One line on stderr now and then: where the run stands and how long it will take."""

    steps: int
    tokens_per_step: int
    started: float
    first_step: int
    last_report: float = 0.0

    def report(self, step: int, loss: float, bits_per_byte: float | None, every: float = 20.0) -> None:
        """Print the line if the last one is old enough."""
        now = time.monotonic()
        if now - self.last_report < every:
            return
        self.last_report = now
        rate = (step - self.first_step) * self.tokens_per_step / max(1e-9, now - self.started)
        left = (self.steps - step) * self.tokens_per_step / max(1e-9, rate)
        measured = "" if bits_per_byte is None else f"  {bits_per_byte:.4f} bits/byte"
        print(
            f"step {step}/{self.steps}  loss {loss:.4f}{measured}  {rate:,.0f} tokens/s  {left / 60:.0f} min left",
            file=sys.stderr,
            flush=True,
        )


class Trainer:
    """One run: model, optimisers and data in one place.

    Parameters
    ----------
    config : RunConfig
        Settings; must agree with those of a run already in the folder (`training.config.same_run`).
    shards : Path
        Folder of token shards.
    run : Path
        Folder of the run, made if missing.
    made_from : dict
        What the run rests on (vocabulary, teacher, ...), saved beside the settings.
    objective : Objective
        What is minimised.
    prepare : Prepare
        What `objective` takes besides the rows, made outside of the compiled function.
    objective_from : float
        Share of the run after which `objective` counts; before, it is plain cross-entropy.
    group : Group, optional
        This process among those that train together; alone by default.
    watch : Watch, optional
        What is told each line of `metrics.jsonl` as well.
    first_weights : dict, optional
        Weights to begin with instead of random ones; a run already in the folder goes on with its own.
    """

    def __init__(
        self,
        config: RunConfig,
        *,
        shards: Path,
        run: Path,
        made_from: dict[str, Any],
        objective: Objective = plain_objective,
        prepare: Prepare = nothing,
        objective_from: float = 0.0,
        group: Group | None = None,
        watch: Watch | None = None,
        first_weights: dict[str, Tensor] | None = None,
    ) -> None:
        self.config = config
        self.run = run
        self.group = group or Group(device="cuda" if torch.cuda.is_available() else "cpu")
        self.device = self.group.device
        share = self.group.share(config.train.batch_rows)
        self._micro_rows = min(config.train.micro_rows, share)
        if share % self._micro_rows:
            raise ValueError(f"a process reads {share} rows a step, no multiple of micro_rows={self._micro_rows}")
        self.data = Shards.open(shards, "train")
        self.validation = Shards.open(shards, "validation")
        if self.data.vocab_size != config.model.vocab_size:
            raise ValueError(f"the shards have {self.data.vocab_size} pieces, the model {config.model.vocab_size}")
        torch.manual_seed(config.train.seed)
        self.model = Transformer(config.model)
        if first_weights:
            self.model.load_state_dict(first_weights)
        self.model.to(self.device)
        self._names: dict[Tensor, str] = {parameter: name for name, parameter in self.model.named_parameters()}
        self.optimizers = _make_optimizers(self.model, config)
        self._plain, self._objective = plain_objective, objective
        if by_region(config.train.compile, self.device):
            compile_blocks(self.model)
        elif config.train.compile:
            self._plain, self._objective = (
                torch.compile(function, dynamic=False) for function in (plain_objective, objective)
            )
        self._prepare = prepare
        self._watch = watch
        self._objective_step = round(objective_from * config.train.steps)
        self.step = 0
        self.seconds = 0.0
        self.bits_per_byte: float | None = None
        made_from = self._restore() | made_from
        rests_on = {"vocabulary_sha256": self.data.vocabulary_sha256, "casing": self.data.casing}
        if self.group.is_main:
            checkpoints.write_config(run, config, made_from | rests_on)
        self._model = self.group.wrap(self.model)

    def _restore(self) -> dict[str, Any]:
        """Go on from the newest checkpoint, if there is one; give what the run in the folder was made from."""
        if not (self.run / "config.json").exists():
            return {}
        before, made_from = checkpoints.read_config(self.run)
        if not same_run(before, self.config):
            raise checkpoints.CheckpointError(
                f"{self.run} holds a run with other settings (its config.json): go on with those, or name a new folder"
            )
        saved = checkpoints.latest(self.run)
        if saved is None:
            return made_from
        checkpoints.load_weights(self.model, saved)
        checkpoints.restore_optimizer(saved.optimizer(), self.optimizers, self._names)
        self.step, self.seconds, self.bits_per_byte = saved.step, saved.state["seconds"], saved.state["bits_per_byte"]
        if self.group.is_main:
            _truncate_metrics(self.run / "metrics.jsonl", self.step)
        return made_from

    def train(self, max_minutes: float = math.inf) -> bool:
        """Train until the budget of tokens is read or the time is up; True when the run is finished."""
        train = self.config.train
        started = saved_at = time.monotonic()
        seconds_before = self.seconds
        progress = Progress(train.steps, train.batch_rows * train.row_len, started, self.step)
        while self.step < train.steps:
            means = self._one_step()
            self.step += 1
            now = time.monotonic()
            self.seconds = seconds_before + now - started
            finished = self.step == train.steps
            if self.step % train.validate_every == 0 or finished:
                self.bits_per_byte = self.validate()
            if self.group.is_main and (self.step % 10 == 0 or finished):
                loss, hard = means.tolist()
                self._note(loss, hard)
                progress.report(self.step, hard, self.bits_per_byte)
            stop = self.group.agree(now - started > max_minutes * 60)
            if finished or stop or now - saved_at > train.save_minutes * 60:
                self.save()
                saved_at = time.monotonic()
            if stop:
                break
        return self.step >= train.steps

    def _one_step(self) -> Tensor:
        """Make one optimiser step; give its mean loss and cross-entropy in nats per token, float32 [2].

        They are left on the device: to read them here would have a GPU wait for the CPU in each step.
        """
        train = self.config.train
        rate = train.rate(self.step)
        part = (self.group.rank, self.group.world_size)
        batch = self.data.batch(self.step, rows=train.batch_rows, row_len=train.row_len, seed=train.seed, part=part)
        total = torch.zeros(2, device=self.device)
        passes = torch.from_numpy(batch).split(self._micro_rows)
        begun = self.step >= self._objective_step
        objective, prepare = (self._objective, self._prepare) if begun else (self._plain, nothing)
        for count, numbers in enumerate(passes, 1):
            rows = torch.from_numpy(self.data.rows(numbers.numpy(), train.row_len))
            tokens, segments, targets = inputs(self._sent(rows))
            prepared = prepare(rows, numbers)
            with self.group.without_sync(self._model) if count < len(passes) else nullcontext():
                with self._autocast():
                    loss, hard = objective(self._model, tokens, segments, targets, *prepared)
                (loss / len(passes)).backward()
            total += torch.stack((loss.detach(), hard.detach())) / len(passes)
        total = self.group.mean(total)
        nn.utils.clip_grad_norm_(self.model.parameters(), train.clip_norm)
        for optimizer in self.optimizers.values():
            for group in optimizer.param_groups:
                group["lr"] = group["peak_lr"] * rate
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        return total

    def _sent(self, rows: Tensor) -> Tensor:
        """Give rows on the device; to a GPU from locked memory, so that nobody waits for the copy."""
        if not self.device.startswith("cuda"):
            return rows
        return rows.pin_memory().to(self.device, non_blocking=True)

    @torch.no_grad()
    def validate(self) -> float:
        """Measure bits per byte on evenly spaced rows of the validation split."""
        train = self.config.train
        available = self.validation.n_rows(train.row_len)
        if available == 0:
            raise ValueError(f"the validation split is shorter than a row of {train.row_len} tokens: bring more text")
        micro = min(train.micro_rows, available)
        count = min(available, train.validation_rows) // micro * micro
        picked = torch.linspace(0, available - 1, count).round().long().numpy()
        rows = torch.from_numpy(self.validation.rows(picked, train.row_len))
        total = 0.0
        self.model.eval()
        for part in rows.split(micro):
            with self._autocast():
                _, hard = self._plain(self.model, *inputs(part.to(self.device)))
            total += float(hard) * len(part)
        self.model.train()
        nats_per_token = total / count
        return nats_per_token / math.log(2) * len(self.validation.tokens) / self.validation.bytes

    def save(self) -> None:
        """Save a checkpoint of the present step."""
        if not self.group.is_main:
            return
        checkpoints.save(
            self.run,
            self.step,
            self.model.state_dict(),
            checkpoints.flatten_optimizer(self.optimizers, self._names),
            {"seconds": self.seconds, "bits_per_byte": self.bits_per_byte, "tokens": self._tokens()},
        )

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self.device.split(":")[0], torch.bfloat16)

    def _tokens(self) -> int:
        return self.step * self.config.train.batch_rows * self.config.train.row_len

    def _note(self, loss: float, hard: float) -> None:
        line = {
            "step": self.step,
            "tokens": self._tokens(),
            "seconds": round(self.seconds, 1),
            "loss": loss,
            "cross_entropy": hard,
        }
        line["bits_per_byte"] = self.bits_per_byte
        with (self.run / "metrics.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")
        if self._watch:
            self._watch(line)


def inputs(rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Cut rows [B, T + 1] into tokens, the message each belongs to, and targets, each [B, T]."""
    tokens = rows[:, :-1].contiguous()
    return tokens, (tokens == START).cumsum(1), rows[:, 1:].contiguous()


def _make_optimizers(model: Transformer, config: RunConfig) -> dict[str, torch.optim.Optimizer]:
    train = config.train
    matrices = [p for p in model.blocks.parameters() if p.ndim == 2]
    others = [p for p in model.parameters() if p.ndim != 2] + [model.embedding.weight]
    muon = torch.optim.Muon(matrices, lr=train.matrix_lr, weight_decay=train.weight_decay)
    adamw = torch.optim.AdamW(others, lr=train.vector_lr, betas=(0.9, 0.95), weight_decay=train.weight_decay)
    for optimizer in (muon, adamw):
        for group in optimizer.param_groups:
            group["peak_lr"] = group["lr"]
    return {"muon": muon, "adamw": adamw}


def _truncate_metrics(path: Path, step: int) -> None:
    """Drop the lines of steps that a kill undid."""
    if path.exists():
        lines = [line for line in path.read_text().splitlines() if line and json.loads(line)["step"] <= step]
        path.write_text("".join(line + "\n" for line in lines))
