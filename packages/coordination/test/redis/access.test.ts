import { execFile } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect, promisify } from 'node:util'
import { expect, it } from '@jest/globals'
import { parseAccountId, parseMappingId } from '@mtls-gateway/domain'
import { createCa, freePort, type RedisServer } from '@mtls-gateway/test-kit'
import type { Coordination } from '../../src/port.ts'
import { inspectRedis, neededCommands } from '../../src/redis/inspect.ts'
import { RecordingListener } from '../contract/recording-listener.ts'
import { dataDirectories } from '../data-directory.ts'
import { describeRedis, inOneWindow, nowSeconds, redisHere } from './redis-here.ts'

const password = 'canary-p@ss/word:%'
const userInfo = `gateway:${encodeURIComponent(password)}`
/** Every command of the adapter. */
const rights = [
  '+evalsha +eval +time +get +set +lindex +lpush +ltrim +pexpire +del +xadd +xrevrange +xread',
  '+hset +hget +hmget +hdel +zadd +zrange +zrem +hincrby +hgetall',
  '~mtls:*',
].join(' ')

/** Uses each part of the port once. */
async function useAll(instance: Coordination): Promise<void> {
  await instance.check()
  const claim = { appKey: 'tenant.key', nonce: 'n', timestamp: nowSeconds() + 60 }
  expect(await instance.nonces.claim(claim)).toBe('fresh')
  const counter = instance.rateCounter({ name: 'x', perSecond: 1 })
  const decisions = await inOneWindow(async (key) => [await counter.admit(key), await counter.admit(key)])
  expect(decisions).toMatchObject([{ admitted: true, retryAfterMs: 0 }, { admitted: false }])
  const lease = await instance.leases.acquire('a', 60_000)
  expect(lease).toBeDefined()
  await lease?.release()
  const account = parseAccountId('tenant')
  const at = Date.now()
  await instance.usage.record([{ account, subject: 's', calls: 2, at }])
  await instance.usage.record([{ account, subject: 'old', calls: 2, at: 1 }])
  expect(await instance.usage.of(account)).toEqual(new Map([['s', { calls: 2, lastUsedAt: at }]]))
  const call = {
    outcome: 'failed',
    at,
    requestId: 'r',
    method: 'GET',
    caller: 'c',
    clientAddress: '::1',
    ms: 1,
  } as const
  await instance.calls.record([{ account, call }])
  expect(await instance.calls.of(account, { limit: 1 })).toMatchObject([call])
  const mappingId = parseMappingId(7)
  if (mappingId === undefined) throw new RangeError()
  for (const succeededAt of [1, at]) {
    await instance.outcomes.record([{ account, mappingId, succeededAt, failuresInARow: 0 }])
  }
  expect((await instance.outcomes.of(account, [mappingId])).size).toBe(1)
  const failures: unknown[] = []
  const identity = { instance: 'i', service: 'x', startedAt: '2026-01-01T00:00:00Z' }
  const onFailed = (error: unknown) => void failures.push(error)
  // Leaves once it has shown itself and looked for questions.
  await instance.presence.join(identity, { epoch: () => 'e', served: () => undefined, onFailed }).leave()
  expect(failures).toEqual([])
  const listener = new RecordingListener()
  await instance.changeFeed.follow(listener)
  await instance.changeFeed.append({ account: parseAccountId('tenant'), revision: 1, revoked: [] })
  await listener.until(() => listener.heard.length > 0)
  expect(listener.gaps).toBe(0)
}

describeRedis('an ACL user', () => {
  const redis = redisHere()
  const startWithUser = async (more = rights): Promise<RedisServer> => {
    const server = await redis.start()
    await server.command('ACL', 'SETUSER', 'gateway', 'on', `>${password}`, ...more.split(' '))
    return server
  }
  const withUser = (server: RedisServer, user = userInfo): string => server.url.replace('//', `//${user}@`)

  it('with no more rights than these can do all', async () => {
    const server = await startWithUser()
    const instance = await redis.open({ urls: [withUser(server)] })
    await useAll(instance)
    expect(instance.events.toSorted((one, other) => one.type.localeCompare(other.type))).toEqual([
      { type: 'redis-clock', aheadMs: expect.any(Number) },
      { type: 'redis-memory-unknown', reason: 'NOPERM' },
      { type: 'redis-up', downMs: 0 },
    ])
  })

  it('can be the default user with a password alone, and another database be used', async () => {
    const server = await redis.start({ args: ['--save', '', '--requirepass', 'secret'] })
    const instance = await redis.open({ urls: [`${withUser(server, ':secret')}/3`] })
    await useAll(instance)
  })

  it('with a wrong password or too few rights is a fault of the configuration', async () => {
    const server = await startWithUser('+evalsha +eval ~mtls:*')
    const wrongPassword = { urls: [withUser(server, 'gateway:canary-wrong')] }
    const fault = { code: 'CONFIGURATION_INVALID' }
    await expect(redis.open(wrongPassword)).rejects.toMatchObject({
      ...fault,
      message: expect.stringContaining('WRONGPASS'),
    })
    await expect(redis.open({ urls: [withUser(server)] })).rejects.toMatchObject({
      ...fault,
      message: expect.stringContaining('NOPERM'),
    })
    await expect(redis.open({ ...wrongPassword, nonceOnOutage: 'local' })).rejects.toMatchObject(fault)
  })

  it('is told of each command that it lacks, and of its keys', async () => {
    const refusedOf = async (more: string) => {
      const server = await startWithUser(more)
      return (await inspectRedis({ urls: [withUser(server)] })).refusedCommands
    }
    expect(await refusedOf(rights)).toEqual([])
    expect(await refusedOf(`${rights} -hgetall -xadd`)).toEqual(['xadd', 'hgetall'])
    expect(await refusedOf(`${rights} -eval`)).toEqual(['eval'])
    expect(await refusedOf(rights.replace('mtls:', 'other:'))).toEqual(
      expect.arrayContaining(['get', 'set', 'hgetall']),
    )
    expect(rights.match(/(?<=\+)\w+/g)).toEqual(neededCommands)
  })

  it('that loses its rights is an outage, which ends when it has them again', async () => {
    const server = await startWithUser()
    const instance = await redis.open({ urls: [withUser(server)] })
    await server.command('ACL', 'SETUSER', 'gateway', '-set')
    await expect(instance.check()).rejects.toMatchObject({
      code: 'COORDINATION_UNAVAILABLE',
      message: expect.stringContaining('NOPERM'),
    })
    await server.command('ACL', 'SETUSER', 'gateway', '+set')
    await instance.told('redis-up', 2)
  })

  it('has its password in no error, event or inspection of one', async () => {
    const server = await startWithUser()
    const url = withUser(server)
    const instance = await redis.open({ urls: [url] })
    const errors: unknown[] = [instance.state(), instance]
    const attempt = async (what: () => unknown): Promise<void> => {
      await Promise.resolve()
        .then(what)
        .catch((error: unknown) => errors.push(error))
    }
    await server.kill()
    await instance.told('redis-down')
    await attempt(() => instance.check())
    await attempt(() => instance.nonces.claim({ appKey: 'a', nonce: 'n', timestamp: 1 }))
    await attempt(() => instance.changeFeed.recent())
    await server.restart()
    // The restart has removed the user.
    for (const urls of [[url], [`${url}/x`], [`http${url.slice(5)}`], [`${url}:99999`], ['redis://u:canary-%E0@x']]) {
      await attempt(() => redis.open({ urls }))
    }
    await attempt(() => redis.open({ urls: [url, url.replace('gateway', 'other')] }))
    expect(errors).toHaveLength(11)
    expect(inspect([errors, instance.events], { depth: 20, showHidden: true })).not.toMatch(/canary/)
  })
})

describeRedis('a Redis that is set up as docs/production.md says', () => {
  const redis = redisHere()
  const newDirectory = dataDirectories()

  const documented = async (block: RegExp): Promise<string> => {
    const page = await readFile(new URL('../../../../docs/production.md', import.meta.url), 'utf8')
    return block.exec(page)?.[1] ?? ''
  }
  const documentedCommands = () => documented(/```\n(ACL SETUSER[^`]+)```/)

  it('has a user with the rights that are checked', async () => {
    const rightsOfGateway = (await documentedCommands()).match(/(?<=^ACL SETUSER gateway .*)\+\w+/gm)
    expect(rightsOfGateway).toEqual([...neededCommands, 'info'].map((name) => `+${name}`))
  })

  it('has its users after a restart, with the password that they had last, and does not shut out other hosts', async () => {
    const directory = newDirectory()
    const fileIn = async (name: string, content: string) => {
      await writeFile(join(directory, name), content)
      return join(directory, name)
    }
    const aclFile = await fileIn('users.acl', '')
    const ca = await createCa()
    const { certificate, privateKey } = await ca.issue({ commonName: 'redis', ipAddresses: ['127.0.0.1'] })
    const tlsPort = await freePort()
    const settings = (await documented(/```\n# redis\.conf\n(port[^`]+)```/)).trim().split('\n')
    const configuration = await fileIn('redis.conf', [...settings, 'save ""', `aclfile ${aclFile}`].join('\n'))
    const here: Readonly<Record<string, string>> = {
      'tls-port': String(tlsPort),
      'tls-cert-file': await fileIn('tls.crt', certificate),
      'tls-key-file': await fileIn('tls.key', privateKey),
      'tls-ca-cert-file': await fileIn('ca.pem', ca.certificate),
    }
    // Beside TLS there is the port without it by which the test asks.
    const args = Object.entries(here).flatMap(([name, value]) => [`--${name}`, value])
    const server = await redis.start({ args: [configuration, ...args] })
    const asOperator = (...words: string[]) =>
      server.command('--no-auth-warning', '--user', 'operator', '--pass', 'ANOTHER-PASSWORD', ...words)

    // One connection, into which somebody pastes all lines.
    const pasted = promisify(execFile)('redis-cli', ['-e', '-p', String(server.port)])
    pasted.child.stdin?.end(await documentedCommands())
    const { stdout } = await pasted
    expect(new Set(stdout.trim().split('\n'))).toEqual(new Set(['OK']))
    await expect(server.command('PING')).rejects.toThrow('NOAUTH')
    // As long as it has, Redis' protected mode answers DENIED to whoever does not come from the same host.
    expect((await asOperator('ACL', 'GETUSER', 'default')).split('\n')).not.toContain('nopass')

    for (const [now, next] of [
      ['PASSWORD', 'second'],
      ['second', 'third'],
    ] as const) {
      await server.kill()
      await server.restart()
      const urls = [`rediss://gateway:${now}@127.0.0.1:${tlsPort}`]
      const instance = await redis.open({ urls, ca: ca.certificate })
      await useAll(instance)
      expect(instance.events.map(({ type }) => type)).not.toContain('redis-memory-unknown')
      await asOperator('ACL', 'SETUSER', 'gateway', `>${next}`)
      await asOperator('ACL', 'SETUSER', 'gateway', `<${now}`)
      await asOperator('ACL', 'SAVE')
    }
  })
})

describeRedis('a Redis with TLS', () => {
  const redis = redisHere()
  const newDirectory = dataDirectories()

  it('is asked by the commands of the runbooks, as the user of operators', async () => {
    const directory = newDirectory()
    const ca = await createCa()
    const { certificate, privateKey } = await ca.issue({ commonName: 'redis', ipAddresses: ['127.0.0.1'] })
    await writeFile(join(directory, 'redis.pem'), ca.certificate)
    await writeFile(join(directory, 'cert.pem'), certificate)
    await writeFile(join(directory, 'key.pem'), privateKey)
    const tlsPort = String(await freePort())
    const files = ['--tls-cert-file', join(directory, 'cert.pem'), '--tls-key-file', join(directory, 'key.pem')]
    const tls = ['--tls-port', tlsPort, '--tls-auth-clients', 'no', ...files]
    const server = await redis.start({ args: ['--save', '', ...tls] })
    await server.command('ACL', 'SETUSER', 'operator', 'on', '>typed in', '~*', '&*', '+@all')
    await server.command('ACL', 'SETUSER', 'default', 'off')

    const runbooks = new URL('../../../../docs/runbooks/', import.meta.url)
    const readme = await readFile(new URL('README.md', runbooks), 'utf8')
    const [setUp = ''] = /^read -r REDISCLI_AUTH[^`]+/m.exec(readme) ?? []
    const here = setUp.replace('-h HOST', '-h 127.0.0.1').replace('6379', tlsPort).replace('redis.pem', '"$CA"')
    const names = (await readdir(runbooks)).filter((name) => name.startsWith('Mtls'))
    const pages = await Promise.all(names.map((name) => readFile(new URL(name, runbooks), 'utf8')))
    const commands = pages.flatMap((page) => page.match(/^redis .+|(?<=`)redis [a-z-][^`]+/gm) ?? [])
    expect(commands.length).toBeGreaterThan(7)
    // This one goes on until it is interrupted.
    for (const command of commands.filter((each) => !each.includes('--latency'))) {
      const script = `${here}\n${command.replace(/^redis/, 'redis -e')}`
      const child = promisify(execFile)('sh', ['-c', script], {
        env: { ...process.env, CA: join(directory, 'redis.pem') },
      })
      child.child.stdin?.end('typed in\n')
      const { stdout, stderr } = await child
      expect([command, stderr]).toEqual([command, ''])
      expect(stdout).not.toMatch(/NOAUTH|NOPERM|WRONGPASS/)
    }
    for (const page of pages) expect(page).not.toContain('redis-cli')
  })

  it('is used if it proves its name by the configured authority', async () => {
    const ca = await createCa()
    const issued = await ca.issue({ commonName: 'redis', ipAddresses: ['127.0.0.1'] })
    const directory = newDirectory()
    const [caFile, certFile, keyFile] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) => join(directory, name))
    await writeFile(String(caFile), ca.certificate)
    await writeFile(String(certFile), issued.certificate)
    await writeFile(String(keyFile), issued.privateKey)
    const files = ['--tls-ca-cert-file', caFile, '--tls-cert-file', certFile, '--tls-key-file', keyFile].map(String)
    const plain = await redis.start()
    await plain.stop()
    const server = await redis.start({
      args: ['--save', '', '--tls-port', String(plain.port), '--tls-auth-clients', 'no', ...files],
    })
    expect(server.port).not.toBe(plain.port)

    const urls = [`rediss://127.0.0.1:${plain.port}`]
    await useAll(await redis.open({ urls, ca: ca.certificate }))
    const unknown = await redis.open({ urls })
    const misnamed = await redis.open({ urls: [`rediss://localhost:${plain.port}`], ca: ca.certificate })
    const reasons = [unknown, misnamed].map((instance) => instance.state().reason)
    expect(reasons).toEqual(['SELF_SIGNED_CERT_IN_CHAIN', 'ERR_TLS_CERT_ALTNAME_INVALID'])
  })
})
