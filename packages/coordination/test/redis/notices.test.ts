import { beforeEach, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import type { RedisServer } from '@mtls-gateway/test-kit'
import type { ChangeNotice } from '../../src/port.ts'
import { RecordingListener } from '../contract/recording-listener.ts'
import { describeRedis, type Instance, redisHere } from './redis-here.ts'

const stream = 'mtls:notices'
const notice = (revision: number): ChangeNotice => ({ account: parseAccountId('tenant-a'), revision, revoked: ['v'] })

describeRedis('a gap in the notices over Redis', () => {
  const redis = redisHere()
  let server: RedisServer
  let reader: Instance
  let listener: RecordingListener

  beforeEach(async () => {
    server = await redis.start({ args: ['--save', '3600 100'] })
    reader = await redis.open({ urls: [server.url], deadlineMs: 500, gapAfterMs: 2_000 })
    listener = new RecordingListener()
    await reader.changeFeed.follow(listener)
    await reader.changeFeed.append(notice(1))
    await listener.until(() => listener.heard.length === 1)
  })

  /** Notices that others append and trim before the reader can look again. */
  async function atOnce(lua: string): Promise<void> {
    await server.command('EVAL', lua, '1', stream)
  }
  const appendNext = (revision: number, ahead = 1): string => `
    local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1][1]
    local id = string.format('%.0f-0', tonumber(string.match(last, '^%d+')) + ${ahead})
    redis.call('XADD', KEYS[1], id, 'notice', '${JSON.stringify(notice(revision))}')`
  const inBlock = (lua: string): string => `do ${lua} end`

  it('is none when entries are trimmed that were read', async () => {
    await atOnce(`${inBlock(appendNext(2))} redis.call('XTRIM', KEYS[1], 'MAXLEN', 1)`)
    await listener.until(() => listener.heard.length === 2)
    expect(listener.heard).toEqual([notice(1), notice(2)])
  })

  it('is told when entries were trimmed unread, and what is left follows', async () => {
    const three = [2, 3, 4].map((revision) => inBlock(appendNext(revision))).join('\n')
    await atOnce(`${three} redis.call('XTRIM', KEYS[1], 'MAXLEN', 2)`)
    await listener.until(() => listener.heard.length === 4)
    expect(listener.heard).toEqual([notice(1), 'gap', notice(3), notice(4)])
  })

  it('is told when the log was emptied, also before anything is appended', async () => {
    await server.flush()
    await listener.until(() => listener.gaps === 1)
    await reader.changeFeed.append(notice(2))
    await listener.until(() => listener.notices.length === 2)
    expect(listener.heard).toEqual([notice(1), 'gap', notice(2)])
  })

  it('is told when the log begins anew with lower ids', async () => {
    await atOnce(`redis.call('DEL', KEYS[1])
      redis.call('XADD', KEYS[1], '7-0', 'notice', '${JSON.stringify(notice(9))}')`)
    await listener.until(() => listener.heard.length === 3)
    expect(listener.heard).toEqual([notice(1), 'gap', notice(9)])
  })

  it('is told for an entry that is no notice', async () => {
    await atOnce(`${appendNext(2).replace('"revision"', '"other"')}`)
    await reader.changeFeed.append(notice(3))
    await listener.until(() => listener.heard.length === 3)
    expect(listener.heard).toEqual([notice(1), 'gap', notice(3)])
  })

  it('is told when Redis was started again without its data', async () => {
    await server.restart()
    await reader.told('redis-up', 2)
    await listener.until(() => listener.gaps === 1)
    await reader.changeFeed.append(notice(2))
    await listener.until(() => listener.notices.length === 2)
    expect(listener.heard).toEqual([notice(1), 'gap', notice(2)])
  })

  it('is told when Redis came back with an older state that has grown to the same length since', async () => {
    await server.command('SAVE')
    await reader.changeFeed.append(notice(2))
    await listener.until(() => listener.heard.length === 2)
    await server.kill()
    await reader.told('redis-down')
    await server.restart()
    const writer = await redis.open({ urls: [server.url] })
    for (const revision of [3, 4]) await writer.changeFeed.append(notice(revision))
    // The old state's own notices may be heard again before these.
    await listener.until(() => listener.notices.at(-1)?.revision === 4)
    expect(listener.heard.slice(2)).toContain('gap')
    expect(listener.notices.slice(-2)).toEqual([notice(3), notice(4)])
  })

  it('is told once when Redis hangs for long, and once when it answers again', async () => {
    server.pause()
    await listener.until(() => listener.gaps === 1)
    await expect(reader.changeFeed.append(notice(2))).rejects.toMatchObject({ code: 'COORDINATION_UNAVAILABLE' })
    server.resume()
    await listener.until(() => listener.gaps === 2)
    // Its reply was late, which is no reason to connect again.
    expect(reader.state().redis).toBe('up')
    await reader.changeFeed.append(notice(3))
    await listener.until(() => listener.notices.some(({ revision }) => revision === 3))
    expect(listener.gaps).toBe(2)
  })

  it('is none when the connection was cut for a moment', async () => {
    await server.command('CLIENT', 'KILL', 'TYPE', 'normal')
    await reader.told('redis-up', 2)
    await reader.changeFeed.append(notice(2))
    await listener.until(() => listener.heard.length === 2)
    expect(listener.heard).toEqual([notice(1), notice(2)])
  })

  it('keeps about 100,000 notices', async () => {
    await atOnce(`for n = 1, 100300 do ${appendNext(2)} end`)
    await reader.changeFeed.append(notice(3))
    expect(Number(await server.command('XLEN', stream))).toBeLessThan(100_200)
  })
})
