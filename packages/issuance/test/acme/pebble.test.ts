import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { pipeline } from 'node:stream'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import {
  freePort,
  type LocalServer,
  type NameServer,
  type PebbleServer,
  startNameServer,
  startPebble,
  withTools,
} from '@mtls-gateway/test-kit'
import { AcmeIssuer, type AcmeIssuerParts } from '../../src/acme/acme-issuer.ts'
import type { Issuance } from '../../src/issuer.ts'
import { account, HttpResponder, issuedChain, newOrder, OperatorFolder, patient, verifyChain } from './setting.ts'

const describePebble = withTools(describe, 'Pebble')

const externalKey = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W'

describePebble('an ACME server that asks for bindings and proofs', () => {
  let names: NameServer
  let http: LocalServer
  let pebble: PebbleServer
  let folder: OperatorFolder
  const responder = new HttpResponder()

  beforeAll(async () => {
    names = await startNameServer(() => ({ addresses: ['127.0.0.1'], ttl: 0 }))
    http = await responder.serve()
    pebble = await startPebble({
      httpPort: Number(new URL(http.url).port),
      nameServer: names.address,
      externalAccounts: { 'kid-1': externalKey },
      refusedNames: ['refused.example'],
      // It refuses one good nonce in five.
      env: { PEBBLE_WFE_NONCEREJECT: '20', PEBBLE_AUTHZREUSE: '0' },
    })
  })
  afterAll(async () => {
    await pebble.stop()
    await http.close()
    names.close()
  })

  beforeEach(() => {
    folder = new OperatorFolder()
    responder.isLost = false
    responder.use(folder)
  })
  afterEach(() => folder.remove())

  function open(parts: AcmeIssuerParts = {}, external = true, url = pebble.directoryUrl): AcmeIssuer {
    const binding = {
      eabKeyIdFile: folder.write('eab-key-id', 'kid-1\n'),
      eabKeyFile: folder.write('eab-key', `${externalKey}\n`),
    }
    const serverCaFile = folder.write('server-ca.pem', pebble.serverCa)
    return new AcmeIssuer(folder.settings(url, { serverCaFile, ...(external && binding) }), parts)
  }

  it('signs a request for names that it has seen answered', async () => {
    const issuer = open()
    await expect(issuer.check(patient)).rejects.toMatchObject({ code: 'ISSUER_UNREACHABLE' })
    folder.write('ca.pem', await pebble.root())
    await issuer.check(patient)

    const order = await newOrder(['a.bank.example', 'b.bank.example'], 'CN=a.bank.example')
    const chain = issuedChain(await issuer.issue(order, patient))

    expect(chain[0]?.subjectAltName).toBe('DNS:a.bank.example, DNS:b.bank.example')
    verifyChain(chain, await issuer.ca(account, patient))
    expect(responder.asked.length).toBeGreaterThanOrEqual(2)
  })

  it('signs a request for an address', async () => {
    const order = await newOrder(['127.0.0.1'])
    expect(issuedChain(await open().issue(order, patient))[0]?.subjectAltName).toBe('IP Address:127.0.0.1')
  })

  it('knows the account by its key alone, whatever process asks', async () => {
    await open().issue(await newOrder(), patient)
    const other = open({}, false)
    expect((await other.issue(await newOrder(), patient)).state).toBe('issued')
    folder.newAccountKey()
    await expect(other.issue(await newOrder(), patient)).rejects.toMatchObject({ code: 'ISSUER_ACCOUNT_MISSING' })
  })

  it('goes on with an order in another process, as often as one ends', async () => {
    const order = await newOrder()
    const impatient = () => open({ patienceMs: 0 })
    let issuance = await impatient().issue(order, patient)
    let steps = 0
    for (; issuance.state === 'pending'; steps++) {
      expect(issuance.askAgainInMs).toBeGreaterThan(0)
      issuance = await impatient().collect(order, issuance.reference, patient)
    }
    expect(steps).toBeGreaterThan(0)
    verifyChain(issuedChain(issuance), await pebble.root())
  })

  it('loses nothing when a process ends at any of its requests', async () => {
    // Each request has a connection of its own.
    let onConnection = () => {}
    const { port } = new URL(pebble.directoryUrl)
    const between = createServer((socket) => {
      onConnection()
      const onward = connect(Number(port), '127.0.0.1')
      pipeline(socket, onward, socket, () => {})
    }).listen(0, '127.0.0.1')
    await once(between, 'listening')
    const proxied = `https://127.0.0.1:${(between.address() as AddressInfo).port}/dir`
    const endsAt = async <Result>(request: number, work: (signal: AbortSignal) => Promise<Result>) => {
      const end = new AbortController()
      let left = request
      onConnection = () => {
        left -= 1
        if (left === 0) end.abort(new Error('killed'))
      }
      return work(end.signal).catch((error: Error) => {
        if (error.message !== 'killed') throw error
        return undefined
      })
    }
    const order = await newOrder()
    const pending = await open({ patienceMs: 0 }, true, proxied).issue(order, patient)
    if (pending.state !== 'pending') throw new Error('it did not wait')
    let kills = 0
    let issuance: Issuance | undefined
    for (; issuance === undefined; kills++) {
      issuance = await endsAt(kills + 1, (signal) => open({}, true, proxied).collect(order, pending.reference, signal))
    }
    onConnection = () => {}
    expect(kills).toBeGreaterThan(4)
    verifyChain(issuedChain(issuance), await pebble.root())
    expect(await open({}, true, proxied).collect(order, pending.reference, patient)).toEqual(issuance)
    between.close()
  })

  it('gives the same certificate again for the same reference', async () => {
    const order = await newOrder()
    const pending = await open({ patienceMs: 0 }).issue(order, patient)
    if (pending.state !== 'pending') throw new Error('it did not wait')
    const [first, second] = [
      await open().collect(order, pending.reference, patient),
      await open().collect(order, pending.reference, patient),
    ]
    expect(second).toEqual(first)
  })

  it('opens its account anew at a server that has forgotten it', async () => {
    const issuer = open()
    await issuer.issue(await newOrder(), patient)
    await pebble.restart()
    verifyChain(issuedChain(await issuer.issue(await newOrder(), patient)), await pebble.root())
  })

  it('says that an order is gone', async () => {
    const gone = pebble.directoryUrl.replace('/dir', '/my-order/none')
    await expect(open().collect(await newOrder(), gone, patient)).rejects.toMatchObject({ code: 'ISSUER_REFUSED' })
  })

  it('asks for the binding if the profile has none', async () => {
    const order = newOrder()
    await expect(open({}, false).issue(await order, patient)).rejects.toMatchObject({
      code: 'ISSUER_ACCOUNT_MISSING',
      message: expect.stringContaining('external account binding. Give its key id and key in the profile'),
    })
  })

  it.each([
    ['eab-key', 'b10lLJs8l1GPIzsLP0s6pMt8O0XVGnfTaCeROxQM0BIt2XrJMDHJZBM5NuQmQJQH'],
    ['eab-key-id', 'kid-2'],
    ['eab-key', ''],
  ])('refuses a wrong %s, until the file is right', async (name, content) => {
    const issuer = open()
    const right = name === 'eab-key' ? externalKey : 'kid-1'
    folder.write(name, content)
    await expect(issuer.issue(await newOrder(), patient)).rejects.toMatchObject({ code: 'ISSUER_ACCOUNT_MISSING' })
    folder.write(name, right)
    expect((await issuer.issue(await newOrder(), patient)).state).toBe('issued')
  })

  it('refuses a name by its rules, and one that it did not find answered', async () => {
    const issuer = open()
    await expect(issuer.issue(await newOrder(['refused.example']), patient)).rejects.toMatchObject({
      code: 'ISSUER_REFUSED',
      message: expect.stringContaining('(rejectedIdentifier)'),
    })
    responder.isLost = true
    await expect(issuer.issue(await newOrder(), patient)).rejects.toMatchObject({
      code: 'ISSUER_REFUSED',
      message: expect.stringContaining('could not verify one of the names by http-01 (unauthorized)'),
    })
  })

  it('wants a proof of a wildcard, which cannot be given over http', async () => {
    await expect(open().issue(await newOrder(['*.bank.example']), patient)).rejects.toMatchObject({
      code: 'ISSUER_FORBIDDEN',
      message: expect.stringContaining('no http-01 challenge'),
    })
  })

  it('sees no proof by another account key', async () => {
    const other = new OperatorFolder()
    responder.use(other)
    await expect(open().issue(await newOrder(), patient)).rejects.toMatchObject({ code: 'ISSUER_REFUSED' })
    other.remove()
  })

  it('is not asked by someone who does not trust its TLS', async () => {
    const { serverCaFile: _, ...settings } = folder.settings(pebble.directoryUrl)
    await expect(new AcmeIssuer(settings).issue(await newOrder(), patient)).rejects.toMatchObject({
      code: 'ISSUER_UNREACHABLE',
    })
  })

  it('is given up when the caller does, and when it does not answer', async () => {
    const issuer = open()
    await issuer.issue(await newOrder(), patient)
    pebble.pause()
    try {
      const caller = new AbortController()
      const given = issuer.issue(await newOrder(), caller.signal)
      caller.abort(new Error('the service stops'))
      await expect(given).rejects.toThrow('the service stops')
      await expect(issuer.issue(await newOrder(), patient)).rejects.toMatchObject({
        code: 'ISSUER_UNREACHABLE',
        message: 'The ACME server did not answer within 10 s. It is asked again later.',
      })
    } finally {
      pebble.resume()
    }
    expect((await issuer.issue(await newOrder(), patient)).state).toBe('issued')
  })
})

describePebble('an ACME server that knows the names already', () => {
  let pebble: PebbleServer
  const folder = new OperatorFolder()

  beforeAll(async () => {
    pebble = await startPebble({
      retryAfter: { authz: 1, order: 30 },
      env: { PEBBLE_VA_ALWAYS_VALID: '1', PEBBLE_AUTHZREUSE: '100' },
    })
    folder.write('ca.pem', await pebble.root())
  })
  afterAll(async () => {
    await pebble.stop()
    folder.remove()
  })

  it('signs without a proof, and is asked again when it says', async () => {
    const serverCaFile = folder.write('server-ca.pem', pebble.serverCa)
    const settings = folder.settings(pebble.directoryUrl, { serverCaFile })
    const names = ['known.bank.example']
    const collected = async (issuer: AcmeIssuer) => {
      const order = await newOrder(names)
      const pending = await issuer.issue(order, patient)
      expect(pending).toMatchObject({ state: 'pending', askAgainInMs: expect.any(Number) })
      if (pending.state !== 'pending') throw new Error('it did not wait')
      expect(pending.askAgainInMs).toBeGreaterThan(20_000)
      return issuer.collect(order, pending.reference, patient)
    }
    const issuer = new AcmeIssuer(settings)
    verifyChain(issuedChain(await collected(issuer)), await issuer.ca(account, patient))
  })

  it('cannot be reached where nothing listens', async () => {
    const settings = folder.settings(`https://127.0.0.1:${await freePort()}/dir`)
    await expect(new AcmeIssuer(settings).check(patient)).rejects.toMatchObject({
      code: 'ISSUER_UNREACHABLE',
      message: 'The ACME server cannot be reached (ECONNREFUSED). It is asked again later.',
    })
  })
})
