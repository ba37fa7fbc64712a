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


def broker_crash(scene: Scene) -> bool:
    """The broker is killed at some step of its next turn, and starts again."""
    if not scene.broker.is_up:
        return False
    scene.broker.crash_at = scene.world.chance.choice(CRASH_STEPS)
    scene.world.after(scene.world.chance.uniform(0.05, 0.3), scene.kill_broker)
    return True


def broker_long_outage(scene: Scene) -> bool:
    """The broker stays away for longer than the grace period."""
    scene.kill_broker(scene.world.chance.uniform(4, 8))
    return True


def broker_paused(scene: Scene) -> bool:
    """The broker is stopped and continued."""
    broker = scene.broker
    broker.paused = True

    def unpause() -> None:
        broker.paused = False
        broker.wake()

    scene.world.after(scene.world.chance.uniform(0.1, 5), unpause)
    return True


def gateway_crash(scene: Scene) -> bool:
    """The gateway is killed; another one starts, and people come anew."""
    scene.replace_gateway()
    return True


def client_crash(scene: Scene) -> bool:
    """A client is killed and comes back with its token, soon or after the grace period."""
    person = scene.world.chance.choice(scene.clients)
    if not person.node.is_up:
        return False
    person.node.kill()
    away = scene.world.chance.choice((0.2, 1.0, 12.0))
    scene.world.after(away, person.start_again)
    return True


def put_out_while_away(scene: Scene) -> bool:
    """Somebody whom nothing reaches is put out, and learns of it afterwards."""
    chance, world = scene.world.chance, scene.world
    person = chance.choice(scene.clients)
    node = person.node
    if not node.is_up or not scene.admin_at_work().put_out(node.id):
        return False
    back = chance.uniform(0.5, 3)
    match chance.randrange(3):
        case 0:
            node.kill()
            world.after(back, person.start_again)
        case 1:
            node.stall()
            world.after(back, node.resume_network)
        case _:
            node.paused = True
            world.after(back, node.unpause)
    return True


def admin_crash(scene: Scene) -> bool:
    """The administrator's program is killed; another one is another session."""
    if scene.admin is None or not scene.admin.is_up:
        return False
    scene.admin.kill()
    return True


def connection_cut(scene: Scene) -> bool:
    """A connection breaks, and both ends may learn it late."""
    chance = scene.world.chance
    _some_node(scene).cut(noticed=chance.random() < 0.7, late=chance.random() < 0.5)
    return True


def flapping(scene: Scene) -> bool:
    """On a slow network a connection breaks again and again, before much is said on it."""
    node = _some_node(scene)
    slow_network(scene)
    for _ in range(4):
        after = scene.world.chance.uniform(0, 2)
        scene.world.after(after, lambda: node.cut(noticed=True, late=True))
    return True


def broadcasts_cut(scene: Scene) -> bool:
    """A SUB's connection breaks."""
    _some_node(scene).cut_broadcasts(noticed=scene.world.chance.random() < 0.5)
    return True


def partition(scene: Scene) -> bool:
    """Nothing gets through to a peer for a while, and nobody is told."""
    node = _some_node(scene)
    node.stall()
    scene.world.after(scene.world.chance.uniform(0.5, 12), node.resume_network)
    return True


def peer_paused(scene: Scene) -> bool:
    """A peer is stopped and continued."""
    node = _some_node(scene)
    node.paused = True
    scene.world.after(scene.world.chance.uniform(0.5, 12), node.unpause)
    return True


def broadcasts_lost(scene: Scene) -> bool:
    """Broadcasts are lost at random."""
    scene.broker.loss = scene.world.chance.choice((0.1, 0.5, 1.0))

    def heal() -> None:
        scene.broker.loss = 0.0

    scene.world.after(scene.world.chance.uniform(0.5, 5), heal)
    return True


def slow_network(scene: Scene) -> bool:
    """Everything takes long, and channels overtake each other."""
    scene.weather.spike = True

    def heal() -> None:
        scene.weather.spike = False

    scene.world.after(scene.world.chance.uniform(1, 5), heal)
    return True


def full_disk(scene: Scene) -> bool:
    """Commits fail for a while."""
    scene.disk.full = True

    def heal() -> None:
        scene.disk.full = False

    scene.world.after(scene.world.chance.uniform(0.5, 6), heal)
    return True


def full_queue(scene: Scene) -> bool:
    """The broker cannot send to a peer any more."""
    peer = _some_node(scene).peer
    if peer is None or not scene.broker.is_up:
        return False
    scene.broker.put_out(peer)
    return True


def wall_clock_jump(scene: Scene) -> bool:
    """Somebody sets the broker's clock."""
    scene.broker.wall_jump_ms = scene.world.chance.randint(-(10**9), 10**9)
    return True


FAULTS: Final[tuple[Callable[[Scene], bool], ...]] = (
    broker_crash,
    broker_crash,
    broker_long_outage,
    broker_paused,
    gateway_crash,
    client_crash,
    client_crash,
    put_out_while_away,
    admin_crash,
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
