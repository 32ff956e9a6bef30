//! Everything in one script call over a multiplexed connection; the answer is in the response.

use inventory::Connection;
use redis::Script;
use secrecy::SecretString;
use uuid::Uuid;

use super::Options;
use super::admission::{Attempt, Seller, Verdict};

/// As long as a reservation lives, in milliseconds.
const HOLD_MS: u64 = 900_000;

/// Repeat, limit, stock, reservation: in this order, as Flashline does.
const RESERVE: &str = "
local known = redis.call('GET', KEYS[3])
if known then return known end
local quantity = tonumber(ARGV[1])
local had = tonumber(redis.call('GET', KEYS[2]) or '0')
if had + quantity > tonumber(ARGV[2]) then return 'limit_reached' end
local left = tonumber(redis.call('GET', KEYS[1]))
if left < quantity then return 'sold_out' end
redis.call('DECRBY', KEYS[1], quantity)
redis.call('INCRBY', KEYS[2], quantity)
redis.call('SET', KEYS[3], 'reserved', 'PX', ARGV[3])
return 'reserved'
";

/// The stock of one sale in Redis.
pub(super) struct Shelf {
    redis: Connection,
    script: Script,
    sale: String,
    per_shopper: u32,
}

impl Shelf {
    pub(super) async fn open(options: &Options) -> anyhow::Result<Self> {
        let settings = inventory::Settings { redis_url: SecretString::from(options.redis_url.clone()) };
        let mut redis = inventory::connect(&settings, &tls::Settings::default().load()?)?;
        let sale = format!("contender:{{{}}}", Uuid::now_v7().simple());
        redis::cmd("SET").arg(&sale).arg(options.stock).exec_async(&mut redis).await?;
        Ok(Self { redis, script: Script::new(RESERVE), sale, per_shopper: options.per_shopper })
    }

    pub(super) async fn take(&self, shopper: Uuid, key: &str, quantity: u32) -> anyhow::Result<Verdict> {
        let mut redis = self.redis.clone();
        let word: String = self
            .script
            .key(&self.sale)
            .key(format!("{}:s:{}", self.sale, shopper.simple()))
            .key(format!("{}:r:{}:{key}", self.sale, shopper.simple()))
            .arg(quantity)
            .arg(self.per_shopper)
            .arg(HOLD_MS)
            .invoke_async(&mut redis)
            .await?;
        Verdict::from_word(&word)
    }
}

pub(super) struct RedisLua(Shelf);

impl RedisLua {
    pub(super) async fn open(options: &Options) -> anyhow::Result<Self> {
        Ok(Self(Shelf::open(options).await?))
    }
}

impl Seller for RedisLua {
    async fn sell(&self, attempt: Attempt) -> anyhow::Result<Verdict> {
        self.0.take(attempt.shopper.0, &attempt.key, attempt.quantity).await
    }
}
