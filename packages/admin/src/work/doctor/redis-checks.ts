import { inspectRedis, type RedisServerFacts } from '@mtls-gateway/coordination'
import { isLoopback, type RedisConfiguration, redisServers } from '@mtls-gateway/service-kit'
import { type DoctorFacts, type Finding, fail, ok, reasonOf, unknown, warn } from '../../finding.ts'
import { clockFinding } from './clock.ts'

const oldest = [6, 2] as const
const highShare = 0.8

export async function redis({ configuration }: DoctorFacts<RedisConfiguration>): Promise<readonly Finding[]> {
  const servers = redisServers(configuration)
  if (servers.urls.length === 0) return []
  const tls = tlsFinding(servers.urls)
  try {
    const { servers: facts, clockAheadMs, refusedCommands } = await inspectRedis(servers)
    const found = [tls, clockFinding('Redis', clockAheadMs), userFinding(refusedCommands)]
    if (facts.length === 0) {
      const fix = 'Allow the user +info: otherwise nobody is warned before the memory of Redis is full.'
      return [...found, unknown('Redis', 'the user may not run INFO', fix)]
    }
    return [...found, ...facts.flatMap(serverFindings)]
  } catch (error) {
    return [tls, unreachable(reasonOf(error))]
  }
}

/** The url may hold the password; the error's message never does. */
function unreachable(reason: string): Finding {
  if (reason.includes('DENIED')) {
    // Redis' own advice is longer, and begins with turning the protection off.
    const fix =
      'On its own host, by its loopback address: ACL SETUSER default off resetpass, then ACL SAVE (docs/production.md).'
    return fail('Redis', 'it answers DENIED: in its protected mode, it answers only its own host', fix)
  }
  const fix = 'Check REDIS_URL, user, password and REDIS_CA_FILE, and whether Redis runs.'
  return fail('Redis', `not reached: ${reason}`, fix)
}

function userFinding(refused: readonly string[] | undefined): Finding {
  const check = 'user of Redis'
  if (refused === undefined) {
    const fix = 'Compare them with "Redis" in docs/production.md, or update Redis to 7 or later.'
    return unknown(check, 'Redis before 7 does not tell its rights', fix)
  }
  if (refused.length === 0) return ok(check, 'may do what the services do')
  const rights = refused.map((command) => `+${command}`).join(' ')
  return fail(
    check,
    `it may not run ${refused.join(', ')} on keys of mtls:*`,
    `On every server: ACL SETUSER USER ~mtls:* ${rights}, then ACL SAVE.`,
  )
}

function tlsFinding(urls: readonly string[]): Finding {
  const check = 'TLS to Redis'
  const open = urls
    .map((url) => new URL(url))
    .filter(({ protocol, hostname }) => protocol === 'redis:' && !isLoopback(hostname))
  if (open.length === 0) return ok(check, urls[0]?.startsWith('rediss:') ? 'yes' : 'not needed on this host')
  return warn(check, 'none', 'Use rediss:// urls, unless nobody else is on that network.')
}

function serverFindings(server: RedisServerFacts): readonly Finding[] {
  const { version, policy, usedBytes, maxBytes, evictedKeys, appendOnly, snapshotWritten } = server
  return [
    isOldEnough(version)
      ? ok('version of Redis', version)
      : fail('version of Redis', version, 'Update it to 6.2 or later.'),
    policy === 'noeviction' || policy === ''
      ? ok('maxmemory-policy of Redis', policy || 'not told')
      : fail(
          'maxmemory-policy of Redis',
          policy,
          'Evicted nonces can be replayed: CONFIG SET maxmemory-policy noeviction.',
        ),
    memoryFinding(usedBytes, maxBytes),
    ...(evictedKeys > 0
      ? [
          fail(
            'evicted keys of Redis',
            String(evictedKeys),
            'Their calls can be replayed: give Redis more memory and noeviction.',
          ),
        ]
      : []),
    snapshotWritten
      ? ok('persistence of Redis', appendOnly ? 'append-only file' : 'no append-only file')
      : fail(
          'persistence of Redis',
          'the last snapshot could not be written',
          'Free its disk, or turn snapshots off: Redis refuses writes.',
        ),
  ]
}

function memoryFinding(usedBytes: number, maxBytes: number): Finding {
  const check = 'memory of Redis'
  const used = Math.round(usedBytes / 1_048_576)
  if (maxBytes === 0) {
    return warn(
      check,
      `${used} MiB used, without a limit`,
      'Set maxmemory below the limit of its container (docs/production.md).',
    )
  }
  const found = `${used} of ${Math.round(maxBytes / 1_048_576)} MiB used`
  if (usedBytes < highShare * maxBytes) return ok(check, found)
  return warn(check, found, 'Raise maxmemory: at the limit, signed calls are refused.')
}

function isOldEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1])
}
