import { Readable } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { ask, get } from '../support/outbound-fixture.ts'
import { HeldCall } from './held-call.ts'
import { answer, RawTarget, sleep, someTurns, until } from './raw-target.ts'

const block = Buffer.alloc(64 * 1024, 'x')

describe('a body that is a stream', () => {
  let target: RawTarget

  beforeAll(async () => {
    target = await RawTarget.start()
  })
  afterEach(() => target.reset())
  afterAll(() => target.close())

  /** The request is answered when this has come of it. */
  function answerAfter(end: string): void {
    target.onPiece = ({ socket, received }) => {
      if (received.endsWith(end)) socket.write(answer('whole'))
    }
  }

  const post = (body: Readable, ...headers: string[]) =>
    HeldCall.send(target.pool(), '/', {}, { method: 'POST', body, headers })

  it('is sent in chunks, none of them empty, and its connection is used again', async () => {
    answerAfter('\r\n0\r\n\r\n')
    const pool = target.pool()
    for (let i = 0; i < 2; i++) {
      const body = Readable.from([Buffer.from('abc'), Buffer.alloc(0), Buffer.from('0123456789abcdefg')])
      await expect(ask(pool, { method: 'POST', body })).resolves.toMatchObject({ status: 200 })
    }
    expect(target.sides).toHaveLength(1)
    expect(target.sides[0]?.received).toContain('\r\n\r\n3\r\nabc\r\n11\r\n0123456789abcdefg\r\n0\r\n\r\nPOST ')
  })

  it('is counted in bytes where it is of text', async () => {
    answerAfter('\r\n0\r\n\r\n')
    await expect(post(Readable.from(['gr\u00fcn'])).outcome()).resolves.toBe('whole')
    expect(target.sides[0]?.received).toMatch(/\r\n\r\n5\r\ngr..n\r\n0\r\n\r\n$/)
  })

  it('is sent as it is where its length is said', async () => {
    answerAfter('abcdef')
    const body = Readable.from([Buffer.from('abc'), Buffer.from('def')])
    await expect(post(body, 'Content-Length', '6').outcome()).resolves.toBe('whole')
    expect(target.sides[0]?.received).toMatch(/\r\nContent-Length: 6\r\n\r\nabcdef$/)
  })

  it('is read on only when its small pieces are taken, of which each costs memory', async () => {
    const most = 5_000
    let given = 0
    const goesOn = Promise.withResolvers<void>()
    async function* pieces() {
      yield Buffer.from('begin')
      await goesOn.promise
      for (; given < most; given++) yield Buffer.from('x')
    }
    answerAfter('\r\n0\r\n\r\n')
    let socket: TLSSocket | undefined
    const connect = target.watched('before', (made) => {
      socket = made
    })
    const call = HeldCall.send(target.pool({}, connect), '/', {}, { method: 'POST', body: Readable.from(pieces()) })
    await until(() => target.sides[0]?.received.includes('begin') === true)
    // Nothing leaves the socket.
    socket?.cork()
    goesOn.resolve()
    for (let turns = 0; turns < most; turns++) await new Promise(setImmediate)
    expect(given).toBeGreaterThan(0)
    expect(given).toBeLessThan(200)
    socket?.uncork()
    await expect(call.outcome()).resolves.toBe('whole')
    expect(target.sides[0]?.received.match(/1\r\nx/g)).toHaveLength(most)
  })

  it('is read as fast as the target takes it, and whole in the end', async () => {
    let given = 0
    let socket: TLSSocket | undefined
    const connect = target.watched('before', (made) => {
      socket = made
    })
    const body = new Readable({
      read() {
        given += 1
        this.push(given <= 1_024 ? block : null)
      },
    })
    let isReading = false
    target.onPiece = (side) => {
      side.received = side.received.slice(-8) // 64 MiB are not worth keeping
      if (!isReading) side.socket.pause()
      else if (side.received.endsWith('\r\n0\r\n\r\n')) side.socket.write(answer('whole'))
    }
    const call = HeldCall.send(target.pool({}, connect), '/', {}, { method: 'POST', body })
    await until(() => given > 0)
    let givenBefore = 0
    // It goes on until the kernel takes no more, also after a stall that the timer has slept through.
    while (given > givenBefore) {
      givenBefore = given
      await sleep(200)
      await someTurns()
    }
    // What the kernel holds counts among it: a few MiB.
    expect(given).toBeLessThan(512)
    expect(socket?.writableLength).toBeLessThan(1024 * 1024)
    isReading = true
    target.sides[0]?.socket.resume()
    await expect(call.outcome()).resolves.toBe('whole')
    expect(given).toBe(1_025)
  })

  it('is destroyed where the answer comes early, and its connection is not used again', async () => {
    const body = new Readable({ read() {} })
    body.push('begun')
    target.onPiece = ({ socket }, piece) => {
      if (!piece.startsWith('GET') && !piece.includes('begun')) return
      socket.write(answer('early'))
    }
    const pool = target.pool()
    await expect(HeldCall.send(pool, '/', {}, { method: 'POST', body }).outcome()).resolves.toBe('early')
    expect(body.destroyed).toBe(true)
    await expect(get(pool, '/next')).resolves.toMatchObject({ body: 'early' })
    expect(target.sides).toHaveLength(2)
    await until(() => target.sides[0]?.isClosed === true)
  })

  it('fails its call with what it fails with, and ends the connection before the body looks whole', async () => {
    const error = new Error('no more of it')
    target.onPiece = () => {}
    const body = new Readable({ read() {} })
    body.push('begun')
    const call = post(body)
    await until(() => target.sides[0]?.received.includes('begun') === true)
    body.destroy(error)
    await expect(call.outcome()).resolves.toBe(error)
    await until(() => target.sides[0]?.isClosed === true)
    expect(target.sides[0]?.received).not.toContain('\r\n0\r\n')
  })

  it('fails its call where it is destroyed without an error', async () => {
    target.onPiece = () => {}
    const body = new Readable({ read() {} })
    const call = post(body)
    await until(() => target.sides.length === 1)
    body.destroy()
    await expect(call.outcome()).resolves.toMatchObject({ name: 'TypeError' })
  })

  it.each([
    ['longer', '4', '\r\n\r\nabc'],
    ['shorter', '9', '\r\n\r\nabcdef'],
  ])('fails its call where it is %s than its Content-Length', async (_how, length, end) => {
    target.onPiece = () => {}
    const body = new Readable({ read() {} })
    const call = post(body, 'Content-Length', length)
    body.push('abc')
    await until(() => target.sides[0]?.received.endsWith('abc') === true)
    body.push('def')
    body.push(null)
    await expect(call.outcome()).resolves.toMatchObject({ name: 'TypeError' })
    await until(() => target.sides[0]?.isClosed === true)
    expect(target.sides[0]?.received.endsWith(end)).toBe(true)
    expect(body.destroyed).toBe(true)
  })
})
