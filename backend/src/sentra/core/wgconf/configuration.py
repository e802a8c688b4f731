"""What a wg-quick file says: an interface and its peers. Hooks have no place in it."""

from msgspec import Struct

from sentra.core.peers import PeerSpec
from sentra.core.secrets import Secret


class FileInterface(Struct, frozen=True):
    """The `[Interface]` of a file. Addresses, DNS and table are canonical; 0 of a number is what the file leaves out.

    `name` is what a comment calls it: in the file of a peer the peer's name.
    """

    name: str = ""
    private_key: Secret | None = None
    addresses: tuple[str, ...] = ()
    dns: tuple[str, ...] = ()
    listen_port: int = 0
    fwmark: int = 0
    mtu: int = 0
    table: str = "auto"


class FilePeer(Struct, frozen=True):
    """A `[Peer]` of a file. `name` is what a comment calls it, empty for nothing; nothing says that it is the only one
    of this name."""

    spec: PeerSpec
    name: str = ""


class Configuration(Struct, frozen=True):
    """A whole file."""

    interface: FileInterface = FileInterface()
    peers: tuple[FilePeer, ...] = ()
