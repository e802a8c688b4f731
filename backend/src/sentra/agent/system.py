"""The machine under an agent, by psutil (the only importer of it)."""

import os
import platform
import time

import psutil

from sentra.core.status import SystemStatus


class System:
    """Looks at this machine. Each look is non-blocking apart from reading /proc, well under a millisecond."""

    def __init__(self) -> None:
        psutil.cpu_percent()  # the first call has nothing to compare with
        self._os = platform.system()
        self._platform = _distribution()
        self._arch = platform.machine()
        self._kernel_version = platform.release()
        self._cpu_count = psutil.cpu_count() or 1

    def look(self) -> SystemStatus:
        """Give the status of the machine now; `cpu_percent` covers the time since the last look."""
        memory = psutil.virtual_memory()
        disk = psutil.disk_usage("/")
        network = psutil.net_io_counters(nowrap=False)
        load = os.getloadavg()
        return SystemStatus(
            hostname=platform.node(),
            os=self._os,
            platform=self._platform,
            arch=self._arch,
            kernel_version=self._kernel_version,
            cpu_count=self._cpu_count,
            cpu_percent=psutil.cpu_percent(),
            memory_total=memory.total,
            memory_used=memory.total - memory.available,
            memory_percent=memory.percent,
            disk_total=disk.total,
            disk_used=disk.used,
            disk_percent=disk.percent,
            load_average=(round(load[0], 2), round(load[1], 2), round(load[2], 2)),
            uptime=int(time.time() - psutil.boot_time()),
            net_bytes_sent=network.bytes_sent if network else 0,
            net_bytes_recv=network.bytes_recv if network else 0,
        )


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    except OSError:
        return platform.system()
