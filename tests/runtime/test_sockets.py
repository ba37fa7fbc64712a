"""Where messages came from, as real sockets tell it."""

import pytest
import zmq

from broker.addresses import ip_of
from runtime.sockets import allow_ipv6, configure, drain_with_addresses, make_context


@pytest.mark.parametrize(("host", "ip"), [("127.0.0.1", "127.0.0.1"), ("[::1]", "::1")])
def test_each_message_comes_with_the_address_of_its_sender(host: str, ip: str) -> None:
    with (
        make_context() as context,
        context.socket(zmq.ROUTER) as router,
        context.socket(zmq.DEALER) as dealer,
    ):
        for socket in (router, dealer):
            configure(socket, largest=1000, send_queue=10, receive_queue=10, linger_ms=0)
            allow_ipv6(socket, f"tcp://{host}:0")
        try:
            router.bind(f"tcp://{host}:0")
        except zmq.ZMQError:
            pytest.skip("this machine has no IPv6")
        dealer.connect(router.getsockopt_string(zmq.LAST_ENDPOINT))
        for body in (b"one", b"two", b"three"):
            dealer.send(body)
        arrived: list[tuple[str, list[bytes]]] = []
        while len(arrived) < 2:
            assert router.poll(30_000)
            arrived += drain_with_addresses(router, 2 - len(arrived), 1000)
        assert [(ip_of(address), frames[1]) for address, frames in arrived] == [
            (ip, b"one"), (ip, b"two"),
        ]  # fmt: skip
        # A turn ends at its bytes as well.
        assert router.poll(30_000)
        assert not list(drain_with_addresses(router, 10, 0))
        assert [frames[1] for _, frames in drain_with_addresses(router, 10, 1)] == [b"three"]
