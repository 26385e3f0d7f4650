import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect, it } from '@jest/globals'
import type { RedisServer } from '@mtls-gateway/test-kit'
import type { RedisSentinels } from '../../src/redis/connection/options.ts'
import { dataDirectories } from '../data-directory.ts'
import { describeRedis, type Instance, nowSeconds, redisHere } from './redis-here.ts'

const rights = ['+@all', '~*']

describeRedis('a password in a file', () => {
  const redis = redisHere()
  const newDirectory = dataDirectories()

  async function passwordFile(content: string): Promise<string> {
    const file = join(newDirectory(), 'password')
    await writeFile(file, content)
    return file
  }

  /** Changes the password, as an operator does, and ends all connections, as a restart or a failover does. */
  async function changePassword(server: RedisServer, password: string): Promise<void> {
    await server.command('ACL', 'SETUSER', 'gateway', 'resetpass', `>${password}`)
    await server.command('CLIENT', 'KILL', 'TYPE', 'normal')
  }

  it('is read for each connection, and until it is right the reason is that of Redis', async () => {
    const server = await redis.start()
    await server.command('ACL', 'SETUSER', 'gateway', 'on', '>canary-first', ...rights)
    const file = await passwordFile('canary-first\n')
    const instance = await redis.open({ urls: [server.url], login: { username: 'gateway', passwordFile: file } })
    await changePassword(server, 'canary-second')
    expect(await instance.told('redis-login-refused')).toEqual({ type: 'redis-login-refused', reason: 'WRONGPASS' })
    expect(instance.state()).toMatchObject({ redis: 'down', reason: 'WRONGPASS' })
    await expect(instance.check()).rejects.toMatchObject({ message: expect.stringContaining('WRONGPASS') })
    await writeFile(file, 'canary-second\n')
    await instance.told('redis-up', 2)
    const claim = { appKey: 'tenant.key', nonce: 'n', timestamp: nowSeconds() + 60 }
    expect(await instance.nonces.claim(claim)).toBe('fresh')
    expect(inspect([instance, instance.events, instance.state()], { depth: 20 })).not.toMatch(/canary/)
  })

  it('may belong to the user of the url, and to the nodes behind a sentinel', async () => {
    const server = await redis.start({ args: ['--save', '', '--requirepass', 'canary-master'] })
    const login = { passwordFile: await passwordFile('canary-master') }
    const named = await redis.open({ urls: [server.url.replace('//', '//default@')], login })
    expect(named.state().redis).toBe('up')
    const file = join(newDirectory(), 'sentinel.conf')
    await writeFile(file, `sentinel monitor gateway 127.0.0.1 ${server.port} 1\n`)
    const sentinel = await redis.start({ args: [file, '--sentinel'] })
    /** Once the sentinel has answered: on a busy machine it may miss the 600 ms that it has. */
    const openBehind = async (sentinels: RedisSentinels): Promise<Instance> => {
      for (;;) {
        const instance = await redis.open({ urls: [sentinel.url], sentinels, login })
        if (instance.state().reason !== 'TIMEOUT') return instance
      }
    }
    const behind = await openBehind({ master: 'gateway' })
    expect(behind.state().redis).toBe('up')
    await sentinel.command('ACL', 'SETUSER', 'default', '>canary-sentinel')
    await expect(openBehind({ master: 'gateway' })).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringContaining('NOAUTH'),
    })
    const sentinelLogin = { passwordFile: await passwordFile('canary-sentinel') }
    const both = await openBehind({ master: 'gateway', login: sentinelLogin })
    expect(both.state().redis).toBe('up')
  })

  it('that is empty or gone is told as such', async () => {
    const server = await redis.start()
    const file = await passwordFile('\n')
    const instance = await redis.open({ urls: [server.url], login: { passwordFile: file } })
    expect(instance.state()).toMatchObject({ redis: 'down', reason: 'PASSWORD_FILE_EMPTY' })
    await rm(file)
    for (let count = 1; instance.state().reason !== 'PASSWORD_FILE_ENOENT'; count++) {
      await instance.told('redis-connect-failed', count)
    }
  })
})

describeRedis('a Redis that wants a password since', () => {
  const redis = redisHere()

  it('is down with NOAUTH for whoever has none', async () => {
    const server = await redis.start()
    const instance = await redis.open({ urls: [server.url] })
    await server.command('CONFIG', 'SET', 'requirepass', 'canary-new')
    await server.command('-a', 'canary-new', 'CLIENT', 'KILL', 'TYPE', 'normal')
    expect(await instance.told('redis-login-refused')).toEqual({ type: 'redis-login-refused', reason: 'NOAUTH' })
    expect(instance.state()).toMatchObject({ redis: 'down', reason: 'NOAUTH' })
  })
})
