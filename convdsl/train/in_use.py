"""The network as it would be used now: beside the one that learns, and never that one."""

from torch import nn

from convdsl.train.engine import Engine


class InUse:
    """A second network that takes over the weights (their running mean where there is one) when it is asked for."""

    def __init__(self) -> None:
        self._network: nn.Module | None = None
        self._step = -1

    def of(self, engine: Engine) -> nn.Module:
        """Return the network in evaluation mode, with the weights of this step."""
        if self._network is None:
            self._network = engine.job.fresh().to(engine.device).eval()
        if self._step != engine.done:
            self._network.load_state_dict(dict(engine.state().weights))
            self._step = engine.done
        return self._network
