import { describe, expect, it } from '@jest/globals'
import { withTools } from '../src/needed-tools.ts'
import { startRedisServer } from '../src/redis-server.ts'

const describeRedis = withTools(describe, 'redis-server')

describeRedis('a redis-server for tests', () => {
  it('answers, forgets when flushed, and starts again on its port', async () => {
    const server = await startRedisServer()
    await server.command('SET', 'key', 'value')
    expect(await server.command('GET', 'key')).toBe('value')
    await server.flush()
    expect(await server.command('GET', 'key')).toBe('')
    await server.command('SET', 'key', 'value')
    await server.restart()
    expect(await server.command('GET', 'key')).toBe('')
    await server.stop()
    await expect(server.command('PING')).rejects.toThrow('Could not connect')
  })

  it('answers nothing while it is paused, and can be stopped then', async () => {
    const server = await startRedisServer()
    server.pause()
    let answered = false
    const ping = server.command('PING').then((reply) => {
      answered = true
      return reply
    })
    const other = await startRedisServer()
    await other.command('PING')
    expect(answered).toBe(false)
    server.resume()
    expect(await ping).toBe('PONG')
    server.pause()
    await Promise.all([server.stop(), other.stop()])
  })

  it('tells what redis-server printed when it does not start', async () => {
    await expect(startRedisServer({ args: ['--no-such-option', 'x'] })).rejects.toThrow('no-such-option')
  })
})
