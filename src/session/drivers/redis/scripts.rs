//! What is one step on the server.
//!
//! A record is a string: version (8 bytes), deadline (8 bytes, big-endian), payload. Every script names all of its keys, and the
//! keys of a rotation are in one slot.

use redis::Script;

/// How long after its deadline a record is kept, in milliseconds: the clocks of the application and of the server differ.
const MARGIN: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function kept_until(deadline)
    return string.format('%.0f', math.max(now, deadline * 1000) + 60000)
end
";

pub(super) const DONE: u8 = 0;
pub(super) const GONE: u8 = 1;
pub(super) const CONFLICT: u8 = 2;
pub(super) const DUPLICATE: u8 = 3;

const CREATE: &str = "
if redis.call('EXISTS', KEYS[1]) == 1 then return 3 end
redis.call('SET', KEYS[1], ARGV[1], 'PXAT', kept_until(ARGV[2]))
return 0
";

const REPLACE: &str = "
local version = redis.call('GETRANGE', KEYS[1], 0, 7)
if version == '' then return 1 end
if version ~= ARGV[1] then return 2 end
redis.call('SET', KEYS[1], ARGV[2], 'PXAT', kept_until(ARGV[3]))
return 0
";

const TOUCH: &str = "
local version = redis.call('GETRANGE', KEYS[1], 0, 7)
if version == '' then return 1 end
if version ~= ARGV[1] then return 2 end
redis.call('SETRANGE', KEYS[1], 8, ARGV[2])
redis.call('PEXPIREAT', KEYS[1], kept_until(ARGV[3]))
return 0
";

const ROTATE: &str = "
local version = redis.call('GETRANGE', KEYS[1], 0, 7)
if version == '' then return 1 end
if version ~= ARGV[1] then return 2 end
if redis.call('EXISTS', KEYS[2]) == 1 then return 3 end
redis.call('SET', KEYS[2], ARGV[2], 'PXAT', kept_until(ARGV[3]))
if ARGV[4] == '' then
    redis.call('DEL', KEYS[1])
else
    redis.call('SET', KEYS[1], ARGV[4], 'PXAT', kept_until(ARGV[5]))
end
return 0
";

/// The set lives as long as its last entry. Entries that have ended go when another is made.
const TAG: &str = "
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. string.format('%.0f', now / 1000 - 60))
redis.call('ZADD', KEYS[1], 'GT', ARGV[2], ARGV[1])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
if last[2] then redis.call('PEXPIREAT', KEYS[1], kept_until(last[2])) end
return 0
";

/// Hits of a limit within a window, which begins with the first of them: the count, and the milliseconds that are left.
#[cfg(feature = "throttle")]
const HIT: &str = "
local hits = tonumber(ARGV[1])
local count = tonumber(redis.call('GET', KEYS[1]) or '-1')
if count >= 0 then
    count = math.max(0, math.min(count + hits, 4294967295))
    redis.call('SET', KEYS[1], count, 'KEEPTTL')
    return {count, math.max(redis.call('PTTL', KEYS[1]), 0)}
end
if hits <= 0 then return {0, 0} end
redis.call('SET', KEYS[1], hits, 'PX', ARGV[2])
return {hits, tonumber(ARGV[2])}
";

/// The scripts, which the server knows by their SHA-1.
pub(super) struct Scripts {
    pub(super) create: Script,
    pub(super) replace: Script,
    pub(super) touch: Script,
    pub(super) rotate: Script,
    pub(super) tag: Script,
    #[cfg(feature = "throttle")]
    pub(super) hit: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        let script = |code| Script::new(&[MARGIN, code].concat());
        Self {
            create: script(CREATE),
            replace: script(REPLACE),
            touch: script(TOUCH),
            rotate: script(ROTATE),
            tag: script(TAG),
            #[cfg(feature = "throttle")]
            hit: Script::new(HIT),
        }
    }
}
