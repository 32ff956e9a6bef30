//! Where there is room to listen.

use std::net::{TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

/// Where the services listen: the first port, and how many.
const PORTS: (u16, u16) = (20_000, 8_000);

/// Ports that are free now, and are given out by no other process of ours while this one runs: it keeps the UDP port of the
/// same number, which nobody else wants. They lie below those that the kernel gives to clients, of which a bench has tens of
/// thousands.
///
/// # Errors
/// When there are not so many.
pub fn free_ports(count: usize) -> anyhow::Result<Vec<u16>> {
    static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| AtomicU16::new(rand::random_range(0..PORTS.1)));
    static KEPT: Mutex<Vec<UdpSocket>> = Mutex::new(Vec::new());
    let candidates = (0..PORTS.1).map(|_| PORTS.0 + NEXT.fetch_add(1, Ordering::Relaxed) % PORTS.1);
    let claimed = candidates.filter_map(|port| {
        let claim = UdpSocket::bind(("127.0.0.1", port)).ok()?;
        TcpListener::bind(("127.0.0.1", port)).ok().map(|_| (port, claim))
    });
    let (ports, claims): (Vec<u16>, Vec<UdpSocket>) = claimed.take(count).unzip();
    anyhow::ensure!(ports.len() == count, "no free ports from {} on", PORTS.0);
    KEPT.lock().unwrap_or_else(PoisonError::into_inner).extend(claims);
    Ok(ports)
}

/// An address that is free now.
pub(crate) fn free_address() -> anyhow::Result<String> {
    Ok(local(free_ports(1)?[0]))
}

/// A port on this machine.
pub(crate) fn local(port: u16) -> String {
    format!("127.0.0.1:{port}")
}
