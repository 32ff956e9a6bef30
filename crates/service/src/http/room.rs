//! Places for connections. Those that wait for their client make room for newcomers: who says nothing keeps
//! nobody out.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, interval, sleep};
use tokio_util::sync::CancellationToken;

use crate::address::AddressKey;
use crate::meters::{self, Counted};
use crate::readiness::Readiness;

/// How long a client may take to say something before its place can go to somebody else.
const GRACE: Duration = Duration::from_secs(1);
/// How often a newcomer without a place looks for one that can be had.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How far apart two looks are at least, however many newcomers there are: each goes through all connections.
const LOOKS_APART: Duration = Duration::from_millis(20);
/// A newcomer that waits for longer says that people cannot get in.
const WAIT_MAX: Duration = Duration::from_millis(1_500);
/// How often that is looked at.
const WATCH_EVERY: Duration = Duration::from_millis(250);
/// Of all places, the share that is made free when there is none: to look costs as much for many as for one.
const FREED_AT_ONCE: usize = 64;

/// What a connection does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Doing {
    /// A request is being answered.
    Busy,
    /// Its client has yet to say who it is, or what it wants.
    Silent,
    /// The rest of a request is awaited.
    Sending,
    /// It was answered, and may ask again.
    Idle,
}

impl Doing {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::Busy, Self::Silent, Self::Sending, Self::Idle];
}

impl From<Doing> for Counted {
    fn from(doing: Doing) -> Self {
        match doing {
            Doing::Busy => Self::Busy,
            Doing::Silent => Self::Silent,
            Doing::Sending => Self::Sending,
            Doing::Idle => Self::Idle,
        }
    }
}

/// A number of places. Cheap to clone.
#[derive(Clone)]
pub struct Room(Arc<Inner>);

struct Inner {
    max: usize,
    free: Arc<Semaphore>,
    began: Instant,
    taken: Mutex<Seats>,
    /// Told to leave, and not gone yet.
    leaving: AtomicUsize,
}

#[derive(Default)]
struct Seats {
    number: u64,
    seats: HashMap<u64, Arc<Sitting>>,
    /// Newcomers without a place, and since when.
    outside: BTreeMap<u64, Instant>,
    looked: Option<Instant>,
}

struct Sitting {
    address: Mutex<AddressKey>,
    is_proxy: bool,
    /// What it does, in the lowest two bits, and since when, in milliseconds from the beginning.
    doing: AtomicU64,
    leave: CancellationToken,
}

/// Who is there.
struct Census {
    /// Connections, by what they do.
    inside: HashMap<Doing, usize>,
    /// Newcomers without a place.
    outside: usize,
    /// How long the first of them has waited.
    waited: Duration,
}

impl Room {
    /// With so many places.
    pub fn new(max: usize) -> Self {
        Self(Arc::new(Inner {
            max,
            free: Arc::new(Semaphore::new(max)),
            began: Instant::now(),
            taken: Mutex::default(),
            leaving: AtomicUsize::new(0),
        }))
    }

    /// A place for a newcomer, as soon as there is one. When all are taken, connections that wait for their clients
    /// are told to leave. A proxy's idle ones are the last: it may be sending the next request on them just now.
    pub async fn enter(&self, address: IpAddr, is_proxy: bool) -> Seat {
        let place = match Arc::clone(&self.0.free).try_acquire_owned() {
            Ok(place) => Some(place),
            Err(_) => self.wait().await,
        };
        let sitting = Arc::new(Sitting {
            address: Mutex::new(address.into()),
            is_proxy,
            doing: AtomicU64::new(self.0.now(Doing::Silent)),
            leave: CancellationToken::new(),
        });
        let mut taken = self.0.taken();
        taken.number += 1;
        let number = taken.number;
        taken.seats.insert(number, Arc::clone(&sitting));
        drop(taken);
        Seat { room: Arc::clone(&self.0), number, sitting, _place: place }
    }

    async fn wait(&self) -> Option<OwnedSemaphorePermit> {
        let _outside = Outside::of(&self.0);
        let mut free = std::pin::pin!(Arc::clone(&self.0.free).acquire_owned());
        let mut look = interval(LOOK_EVERY);
        loop {
            tokio::select! {
                // Never closed.
                place = &mut free => return place.ok(),
                _ = look.tick() => self.0.make_room(),
            }
        }
    }

    /// Shows who is there, and whether newcomers get in. For the one door of a process that anybody may come to.
    pub async fn watch(&self, readiness: &Readiness) {
        meters::CONNECTIONS_MAX.set(self.0.max as f64);
        loop {
            let census = self.census();
            for doing in Doing::ALL {
                meters::CONNECTIONS.set(doing.into(), census.inside.get(&doing).copied().unwrap_or(0) as f64);
            }
            meters::CONNECTIONS.set(Counted::Outside, census.outside as f64);
            meters::CONNECTION_WAIT.set(census.waited.as_secs_f64());
            readiness.set("room", census.waited <= WAIT_MAX);
            sleep(WATCH_EVERY).await;
        }
    }

    fn census(&self) -> Census {
        let taken = self.0.taken();
        let mut inside: HashMap<Doing, usize> = HashMap::new();
        for sitting in taken.seats.values() {
            *inside.entry(sitting.doing().0).or_default() += 1;
        }
        let waited = taken.outside.values().next().map_or(Duration::ZERO, Instant::elapsed);
        Census { inside, outside: taken.outside.len(), waited }
    }
}

impl Inner {
    fn taken(&self) -> MutexGuard<'_, Seats> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX >> 2)
    }

    fn now(&self, doing: Doing) -> u64 {
        self.now_ms() << 2 | doing as u64
    }

    /// Tells some to leave: first who never said anything, then who stopped in the middle, then who may come again;
    /// of these first the address that has most of them, and of that the ones that have waited for longest.
    fn make_room(&self) {
        let mut taken = self.taken();
        let wanted = taken.outside.len().saturating_sub(self.leaving.load(Ordering::Relaxed));
        if wanted == 0 || taken.looked.is_some_and(|looked| looked.elapsed() < LOOKS_APART) {
            return;
        }
        taken.looked = Some(Instant::now());
        let patience = u64::try_from(GRACE.as_millis()).unwrap_or(0);
        let now_ms = self.now_ms();
        let mut waiting = Vec::new();
        let mut of_address: HashMap<AddressKey, usize> = HashMap::new();
        for sitting in taken.seats.values().filter(|sitting| !sitting.leave.is_cancelled()) {
            let (doing, since_ms) = sitting.doing();
            let order = match doing {
                Doing::Busy => continue,
                Doing::Silent | Doing::Sending if now_ms.saturating_sub(since_ms) < patience => continue,
                Doing::Silent => 0,
                Doing::Sending => 1,
                Doing::Idle if !sitting.is_proxy => 2,
                Doing::Idle => 3,
            };
            let address = sitting.address();
            *of_address.entry(address).or_default() += 1;
            waiting.push((order, address, since_ms, doing, sitting));
        }
        waiting.sort_unstable_by_key(|(order, address, since_ms, ..)| {
            (*order, Reverse(of_address.get(address).copied().unwrap_or(0)), *since_ms)
        });
        for (.., doing, sitting) in waiting.into_iter().take(wanted.max(self.max / FREED_AT_ONCE)) {
            self.leaving.fetch_add(1, Ordering::Relaxed);
            meters::MADE_ROOM.one(doing.into());
            sitting.leave.cancel();
        }
    }
}

impl Sitting {
    fn address(&self) -> AddressKey {
        *self.address.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn doing(&self) -> (Doing, u64) {
        let packed = self.doing.load(Ordering::Relaxed);
        let doing = Doing::ALL.into_iter().find(|doing| *doing as u64 == packed & 3).unwrap_or(Doing::Busy);
        (doing, packed >> 2)
    }
}

/// A newcomer without a place.
struct Outside {
    room: Arc<Inner>,
    number: u64,
}

impl Outside {
    fn of(room: &Arc<Inner>) -> Self {
        let mut taken = room.taken();
        taken.number += 1;
        let number = taken.number;
        taken.outside.insert(number, Instant::now());
        drop(taken);
        Self { room: Arc::clone(room), number }
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        self.room.taken().outside.remove(&self.number);
    }
}

/// A place that is taken, until it is dropped.
pub struct Seat {
    room: Arc<Inner>,
    number: u64,
    sitting: Arc<Sitting>,
    _place: Option<OwnedSemaphorePermit>,
}

impl Seat {
    /// Says what the connection does from now on.
    pub fn does(&self, doing: Doing) {
        self.sitting.doing.store(self.room.now(doing), Ordering::Relaxed);
    }

    /// The rest of a request is awaited, and has been since it first was.
    pub(super) fn awaits_rest(&self, since: &mut Option<u64>) {
        let since_ms = *since.get_or_insert_with(|| self.room.now_ms());
        self.sitting.doing.store(since_ms << 2 | Doing::Sending as u64, Ordering::Relaxed);
    }

    /// What the connection does.
    pub fn doing(&self) -> Doing {
        self.sitting.doing().0
    }

    /// Whom it counts for, once a proxy has said so.
    pub fn is_for(&self, address: IpAddr) {
        *self.sitting.address.lock().unwrap_or_else(PoisonError::into_inner) = address.into();
    }

    /// Waits until the place is needed for somebody else.
    pub async fn told_to_leave(&self) {
        self.sitting.leave.cancelled().await;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.room.taken().seats.remove(&self.number);
        if self.sitting.leave.is_cancelled() {
            self.room.leaving.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    async fn enter(room: &Room, last: u8, doing: Doing) -> Seat {
        let seat = room.enter(address(last), false).await;
        seat.does(doing);
        seat
    }

    /// Which of some seats are told to leave when there is a newcomer.
    async fn told(room: &Room, seats: &[&Seat]) -> Vec<bool> {
        let newcomer = tokio::time::timeout(LOOK_EVERY * 2, room.enter(address(200), false)).await;
        assert!(newcomer.is_err(), "nobody has left yet");
        seats.iter().map(|seat| seat.sitting.leave.is_cancelled()).collect()
    }

    #[tokio::test]
    async fn the_silent_make_room_first_and_the_busy_never() {
        let room = Room::new(4);
        let idle = enter(&room, 1, Doing::Idle).await;
        let silent = enter(&room, 2, Doing::Silent).await;
        let busy = enter(&room, 3, Doing::Busy).await;
        let proxy = room.enter(address(4), true).await;
        proxy.does(Doing::Idle);
        tokio::time::sleep(GRACE).await;
        let fresh = enter_when_left(&room, silent).await;
        assert_eq!(told(&room, &[&idle, &busy, &proxy, &fresh]).await, [true, false, false, false]);
        drop(idle);
        let idle = enter(&room, 1, Doing::Busy).await;
        assert_eq!(told(&room, &[&idle, &busy, &proxy, &fresh]).await, [false, false, true, false]);
        assert_eq!(room.census().inside[&Doing::Busy], 2);
    }

    async fn enter_when_left(room: &Room, leaves: Seat) -> Seat {
        let leaving = async move { leaves.told_to_leave().await };
        tokio::join!(room.enter(address(9), false), leaving).0
    }

    #[tokio::test]
    async fn the_address_with_most_connections_gives_way() {
        let room = Room::new(3);
        let only = enter(&room, 1, Doing::Silent).await;
        tokio::time::sleep(GRACE * 2).await;
        let (older, newer) = (enter(&room, 2, Doing::Silent).await, enter(&room, 2, Doing::Silent).await);
        tokio::time::sleep(GRACE).await;
        let told = told(&room, &[&only, &older, &newer]).await;
        assert!(!told[0] && (told[1] ^ told[2]), "{told:?}");
    }

    #[tokio::test]
    async fn a_newcomer_waits_for_the_grace_and_no_longer_and_nothing_is_kept_of_those_who_left() {
        let room = Room::new(1);
        let first = enter(&room, 1, Doing::Silent).await;
        let began = Instant::now();
        let second = enter_when_left(&room, first).await;
        assert!(began.elapsed() >= GRACE && began.elapsed() < GRACE + LOOK_EVERY * 3, "{:?}", began.elapsed());
        let third = tokio::time::timeout(LOOK_EVERY, room.enter(address(3), false)).await;
        assert!(third.is_err() && room.census().outside == 0);
        drop(second);
        let nobody = room.0.taken();
        assert!(nobody.seats.is_empty() && nobody.outside.is_empty());
        assert_eq!(room.0.leaving.load(Ordering::Relaxed), 0);
    }
}
