"""Everything that may go wrong, each as one act on the scene."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.link_node import LinkNode
    from tests.simulation.scene import Scene

CRASH_STEPS: Final = (
    "before the commit",
    "after the commit",
    "between broadcasts and replies",
    "between replies",
)


def broker_crash(scene: Scene) -> None:
    """The broker is killed at some step of its next turn, and starts again."""
    if scene.broker.is_up:
        scene.broker.crash_at = scene.world.chance.choice(CRASH_STEPS)
        scene.world.after(scene.world.chance.uniform(0.05, 0.3), scene.kill_broker)


def broker_long_outage(scene: Scene) -> None:
    """The broker stays away for longer than the grace period."""
    scene.kill_broker(scene.world.chance.uniform(4, 8))


def broker_paused(scene: Scene) -> None:
    """The broker is stopped and continued."""
    broker = scene.broker
    broker.paused = True

    def unpause() -> None:
        broker.paused = False
        broker.wake()

    scene.world.after(scene.world.chance.uniform(0.1, 5), unpause)


def gateway_crash(scene: Scene) -> None:
    """The gateway is killed; another one starts, and people come anew."""
    scene.replace_gateway()


def client_crash(scene: Scene) -> None:
    """A client is killed and comes back with its token, soon or after the grace period."""
    person = scene.world.chance.choice(scene.clients)
    if not person.node.is_up:
        return
    person.node.kill()
    away = scene.world.chance.choice((0.2, 1.0, 12.0))
    scene.world.after(away, person.start_again)


def connection_cut(scene: Scene) -> None:
    """A connection breaks, and both ends may learn it late."""
    chance = scene.world.chance
    _some_node(scene).cut(noticed=chance.random() < 0.7, late=chance.random() < 0.5)


def flapping(scene: Scene) -> None:
    """On a slow network a connection breaks again and again, before much is said on it."""
    node = _some_node(scene)
    slow_network(scene)
    for _ in range(4):
        after = scene.world.chance.uniform(0, 2)
        scene.world.after(after, lambda: node.cut(noticed=True, late=True))


def broadcasts_cut(scene: Scene) -> None:
    """A SUB's connection breaks."""
    _some_node(scene).cut_broadcasts(noticed=scene.world.chance.random() < 0.5)


def partition(scene: Scene) -> None:
    """Nothing gets through to a peer for a while, and nobody is told."""
    node = _some_node(scene)
    node.stall()
    scene.world.after(scene.world.chance.uniform(0.5, 12), node.resume_network)


def peer_paused(scene: Scene) -> None:
    """A peer is stopped and continued."""
    node = _some_node(scene)
    node.paused = True
    scene.world.after(scene.world.chance.uniform(0.5, 12), node.unpause)


def broadcasts_lost(scene: Scene) -> None:
    """Broadcasts are lost at random."""
    scene.broker.loss = scene.world.chance.choice((0.1, 0.5, 1.0))

    def heal() -> None:
        scene.broker.loss = 0.0

    scene.world.after(scene.world.chance.uniform(0.5, 5), heal)


def slow_network(scene: Scene) -> None:
    """Everything takes long, and channels overtake each other."""
    scene.weather.spike = True

    def heal() -> None:
        scene.weather.spike = False

    scene.world.after(scene.world.chance.uniform(1, 5), heal)


def full_disk(scene: Scene) -> None:
    """Commits fail for a while."""
    scene.disk.full = True

    def heal() -> None:
        scene.disk.full = False

    scene.world.after(scene.world.chance.uniform(0.5, 6), heal)


def full_queue(scene: Scene) -> None:
    """The broker cannot send to a peer any more."""
    if peer := _some_node(scene).peer:
        scene.broker.put_out(peer)


def wall_clock_jump(scene: Scene) -> None:
    """Somebody sets the broker's clock."""
    scene.broker.wall_jump_ms = scene.world.chance.randint(-(10**9), 10**9)


FAULTS: Final[tuple[Callable[[Scene], None], ...]] = (
    broker_crash,
    broker_crash,
    broker_long_outage,
    broker_paused,
    gateway_crash,
    client_crash,
    connection_cut,
    flapping,
    broadcasts_cut,
    partition,
    peer_paused,
    broadcasts_lost,
    slow_network,
    full_disk,
    full_queue,
    wall_clock_jump,
)


def _some_node(scene: Scene) -> LinkNode:
    return scene.world.chance.choice(scene.nodes())
