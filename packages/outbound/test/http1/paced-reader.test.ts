import { setImmediate, setTimeout } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { TransportError } from '../../src/index.ts'
import { Answer, answerInBytes, body, RecordTarget, write, writeBytes } from './record-target.ts'

describe.each([
  ['directly', false],
  ['through a proxy', true],
  ['through a proxy over TLS', 'over TLS'],
] as const)('%s', (_, throughProxy) => {
  let target: RecordTarget

  beforeAll(async () => {
    target = await RecordTarget.start({ throughProxy })
  })
  afterEach(() => target.reset())
  afterAll(() => target.close())

  describe('an answer in TLS records of one byte each', () => {
    it('comes whole, in few pieces', async () => {
      target.onRequest = (tls, wire) => answerInBytes(tls, wire)
      const answer = target.call()
      await answer.over
      expect(answer.error).toBeUndefined()
      expect(answer.body).toBe(body)
      expect(answer.pieces.length).toBeLessThan(body.length / 5)
    })

    it('is whole where its connection ends right behind it', async () => {
      target.onRequest = async (tls, wire) => {
        wire.collect()
        await write(tls, 'HTTP/1.1 200 OK\r\n\r\n')
        await writeBytes(tls, body)
        tls.end()
        // Its closure alert goes out with the rest.
        await setImmediate()
        await setImmediate()
        wire.send(true)
      }
      const answer = target.call()
      await answer.over
      expect(answer.error).toBeUndefined()
      expect(answer.body).toBe(body)
    })

    it('is told up to where its connection broke', async () => {
      target.onRequest = (tls, wire) => answerInBytes(tls, wire, { missing: 1 })
      const answer = target.call()
      await answer.over
      expect(answer.error).toMatchObject({ code: 'SOCKET_CLOSED' })
      expect(answer.body).toBe(body)
    })

    it('is heard no more of once its call was given up', async () => {
      target.onRequest = (tls, wire) => answerInBytes(tls, wire)
      const answer = new Answer()
      answer.onData = (piece) => {
        answer.pieces.push(piece)
        answer.exchange?.abort(new TransportError('CALL_ABORTED'))
      }
      target.call(answer)
      await answer.over
      expect(answer.error).toMatchObject({ code: 'CALL_ABORTED' })
      expect(answer.pieces.length).toBe(1)
    })
  })

  describe('a long answer', () => {
    const size = 8 * 1024 * 1024

    it('brings no more in one turn of the event loop than five reads', async () => {
      target.onRequest = async (tls) => {
        await write(tls, `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`)
        tls.write(Buffer.alloc(size))
      }
      const answer = new Answer()
      const turns: number[] = []
      let inTurn = 0
      answer.onData = (piece) => {
        if (inTurn === 0)
          void setImmediate()
            .then(
              () => void turns.push(inTurn),
              () => {},
            )
            .then(() => {
              inTurn = 0
            })
        inTurn += piece.length
      }
      target.call(answer)
      await answer.over
      await setImmediate()
      expect(turns.reduce((sum, bytes) => sum + bytes, 0)).toBe(size)
      expect(Math.max(...turns)).toBeLessThanOrEqual(5 * 64 * 1024)
    })
  })

  describe('an answer whose caller pauses again and again', () => {
    it('comes in order', async () => {
      const size = 2 * 1024 * 1024
      const numbers = Buffer.alloc(size)
      for (let at = 0; at < size; at += 4) numbers.writeUInt32BE(at, at)
      target.onRequest = async (tls) => {
        // One read brings many of them, which still come while the caller pauses.
        tls.setMaxSendFragment(5_000)
        await write(tls, `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`)
        tls.write(numbers)
      }
      const answer = new Answer()
      answer.onData = (piece) => {
        answer.pieces.push(piece)
        answer.exchange?.pause()
        void setTimeout(1).then(() => answer.exchange?.resume())
      }
      target.call(answer)
      await answer.over
      expect(answer.error).toBeUndefined()
      expect(Buffer.concat(answer.pieces).equals(numbers)).toBe(true)
    })
  })

  describe('an answer in small records that its caller does not read', () => {
    it('is read no further than what Node has read already', async () => {
      target.onRequest = async (tls, wire) => {
        await write(tls, `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`)
        wire.collect()
        await writeBytes(tls, body)
        wire.send()
      }
      const answer = new Answer()
      const paused = Promise.withResolvers<void>()
      answer.onHead = () => {
        answer.exchange?.pause()
        paused.resolve()
      }
      target.call(answer)
      await paused.promise
      await setTimeout(300)
      // A record of one byte takes more than twenty on the wire.
      expect(answer.body.length).toBeLessThan((64 * 1024) / 20)
      answer.exchange?.resume()
      await answer.over
      expect(answer.body).toBe(body)
    })
  })
})
