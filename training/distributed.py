"""Several processes that train one model: which part is mine, what all found on average, who writes.

Owns the process group and nothing of the loop. `torchrun --nproc-per-node=N -m training teacher ...` starts N
processes; started without it, a process is a group of one and nothing here costs anything.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel


@dataclass(frozen=True)
class Group:
    """This process among those that train together."""

    rank: int = 0
    world_size: int = 1
    device: str = "cpu"

    @property
    def is_main(self) -> bool:
        """Whether this process writes checkpoints and reports."""
        return self.rank == 0

    def share(self, rows: int) -> int:
        """Give how many of a batch's rows each process reads.

        Raises
        ------
        ValueError
            If they cannot be shared out evenly.
        """
        if rows % self.world_size:
            raise ValueError(f"batch_rows={rows} cannot be shared by {self.world_size} processes: choose a multiple")
        return rows // self.world_size

    def mean(self, values: Tensor) -> Tensor:
        """Average float values over all processes; every process gets the result."""
        if self.world_size == 1:
            return values
        values = values.to(self.device)
        dist.all_reduce(values)
        return values / self.world_size

    def agree(self, flag: bool) -> bool:
        """Give every process what the main one holds true."""
        if self.world_size == 1:
            return flag
        value = torch.tensor(int(flag), device=self.device)
        dist.broadcast(value, 0)
        return bool(value)

    def wrap(self, model: nn.Module) -> nn.Module:
        """Let a model's gradients be averaged over all processes as they are computed."""
        return model if self.world_size == 1 else DistributedDataParallel(model)

    def without_sync(self, model: nn.Module) -> AbstractContextManager[None]:
        """Keep gradients to this process, for all passes of a step but the last."""
        return model.no_sync() if isinstance(model, DistributedDataParallel) else nullcontext()


@contextmanager
def joined() -> Iterator[Group]:
    """Join the group that `torchrun` describes in the environment, and leave it at the end."""
    world_size = int(os.environ.get("WORLD_SIZE", "1"))
    cuda = torch.cuda.is_available()
    if world_size == 1:
        yield Group(device="cuda" if cuda else "cpu")
        return
    local = int(os.environ.get("LOCAL_RANK", "0"))
    device = f"cuda:{local}" if cuda else "cpu"
    if cuda:
        torch.cuda.set_device(local)
    dist.init_process_group("nccl" if cuda else "gloo")
    try:
        yield Group(dist.get_rank(), world_size, device)
        dist.barrier()  # the main process may still be writing the last checkpoint
    finally:
        dist.destroy_process_group()
