import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { expect, it } from '@jest/globals'
import type { RedisServer } from '@mtls-gateway/test-kit'
import type { RateCounter } from '../../src/port.ts'
import { describeRedis, inOneWindow, redisHere } from './redis-here.ts'

/** The time of every admitted request, in microseconds of Redis' clock, as MONITOR shows it. */
async function watchAdmitted(server: RedisServer): Promise<{ times: number[]; end(): Promise<void> }> {
  const socket = connect(server.port, '127.0.0.1')
  const times: number[] = []
  const lines = createInterface(socket).on('line', (line) => {
    const time = /"LPUSH" "[^"]*" "(\d+)"/.exec(line)?.[1]
    if (time) times.push(Number(time))
  })
  socket.write('MONITOR\r\n')
  await once(lines, 'line')
  const end = async (): Promise<void> => {
    socket.write('QUIT\r\n')
    await once(socket, 'close')
  }
  return { times, end }
}

/** Dense enough to show an edge of the window that is some milliseconds off. */
async function flood(counter: RateCounter, bursts: readonly number[]): Promise<number> {
  let admitted = 0
  for (const size of bursts) {
    const decisions = await Promise.all(Array.from({ length: size }, () => counter.admit('192.0.2.1')))
    admitted += decisions.filter((decision) => decision.admitted).length
    await setTimeout(2)
  }
  return admitted
}

describeRedis('the rate counter over Redis', () => {
  const redis = redisHere()

  it('admits never more than 150 in any second over two instances, counted by the clock of Redis', async () => {
    const server = await redis.start()
    const counters = await Promise.all(
      [1, 2].map(async () =>
        (await redis.open({ urls: [server.url] })).rateCounter({ name: 'forwarder-api', perSecond: 150 }),
      ),
    )
    const monitor = await watchAdmitted(server)
    const bursts = Array.from({ length: 1_000 }, (_, index) => 1 + ((index * 37) % 9))
    const admitted = await Promise.all(counters.map((counter) => flood(counter, bursts)))
    await monitor.end()

    const { times } = monitor
    expect(times).toHaveLength((admitted[0] ?? 0) + (admitted[1] ?? 0))
    // Both instances had their share, and the limit was reached often.
    expect(Math.min(...admitted)).toBeGreaterThan(0)
    expect(times.length).toBeGreaterThan(300)
    const spans = times.slice(150).map((time, index) => time - (times[index] ?? 0))
    expect(Math.min(...spans)).toBeGreaterThanOrEqual(1_000_000)
  })

  it('takes one round trip a decision, and leaves nothing behind for long', async () => {
    const server = await redis.start()
    const counter = (await redis.open({ urls: [server.url] })).rateCounter({ name: 'x', perSecond: 3 })
    await counter.admit('a')
    const before = await calls(server)
    for (let count = 0; count < 10; count++) await counter.admit('a')
    expect((await calls(server)) - before).toBe(10)
    const ttl = Number(await server.command('PTTL', 'mtls:rate:x:a'))
    expect(ttl).not.toBe(-1)
    expect(ttl).toBeLessThanOrEqual(1_001)
  })

  it('follows a limit that was lowered, and is not closed by a clock that was set back', async () => {
    const server = await redis.start()
    const instance = await redis.open({ urls: [server.url] })
    const admit = async (perSecond: number, key: string) =>
      (await instance.rateCounter({ name: 'x', perSecond }).admit(key)).admitted
    const lowered = await inOneWindow(async (key) => {
      for (let count = 0; count < 5; count++) expect(await admit(5, key)).toBe(true)
      return admit(2, key)
    })
    expect(lowered).toBe(false)
    const inAnHour = `${(Date.now() + 3_600_000) * 1_000}`
    const setBack = await inOneWindow(async (key) => {
      await server.command('DEL', `mtls:rate:x:${key}`)
      await server.command('RPUSH', `mtls:rate:x:${key}`, inAnHour, inAnHour)
      return [await admit(2, key), await server.command('LLEN', `mtls:rate:x:${key}`)]
    })
    expect(setBack).toEqual([true, '1'])
  })

  async function calls(server: RedisServer): Promise<number> {
    return Number(/cmdstat_evalsha:calls=(\d+)/.exec(await server.command('INFO', 'commandstats'))?.[1])
  }
})
