import { describe, expect, it } from '@jest/globals'
import type { RedisCoordinationOptions } from '../../src/redis/connection/options.ts'
import { parseServers } from '../../src/redis/connection/server-address.ts'
import { openRedisCoordination } from '../../src/redis/open.ts'

describe('Redis urls', () => {
  it('give hosts, ports, login, database and TLS', () => {
    expect(
      parseServers(['rediss://us%40er:p%2Fw@redis.example/2', 'rediss://us%40er:p%2Fw@[::1]:7000/2'], 6379),
    ).toEqual({
      tls: true,
      username: 'us@er',
      password: 'p/w',
      database: 2,
      addresses: [
        { host: 'redis.example', port: 6379 },
        { host: '::1', port: 7000 },
      ],
    })
    expect(parseServers(['redis://:secret@h'], 26_379)).toMatchObject({
      password: 'secret',
      username: undefined,
      tls: false,
    })
  })
})

describe('Redis options that contradict each other', () => {
  const refused: [string, RedisCoordinationOptions][] = [
    ['no url', { urls: [] }],
    ['no host', { urls: ['redis://'] }],
    ['another scheme', { urls: ['http://redis'] }],
    ['no url at all', { urls: ['redis.example:6379'] }],
    ['a path that is no database', { urls: ['redis://redis/cache'] }],
    ['nodes with and without TLS', { urls: ['redis://a', 'rediss://b'] }],
    ['nodes with different passwords', { urls: ['redis://:x@a', 'redis://:y@b'] }],
    ['a database of a cluster', { urls: ['redis://a/1', 'redis://b/1'] }],
    ['a password twice', { urls: ['redis://:x@a'], login: { passwordFile: '/dev/null' } }],
    ['two users', { urls: ['redis://x@a'], login: { username: 'y', passwordFile: '/dev/null' } }],
  ]
  it.each(refused)('are refused: %s', async (_, options) => {
    await expect(openRedisCoordination(options)).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' })
  })
})
