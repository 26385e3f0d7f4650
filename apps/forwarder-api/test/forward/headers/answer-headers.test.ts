import { describe, expect, it } from '@jest/globals'
import { answerHead, answerTrailers } from '../../../src/forward/headers/answer-headers.ts'

const ours = ['Via', '1.1 mtls-gateway', 'X-Request-Id', 'id']
const headers = (...raw: string[]) => answerHead(200, raw, '1.1', 'id', true).headers

describe('the head of an answer', () => {
  it('comes back as the target wrote it, without what is of its connection', () => {
    const end = ['Set-Cookie', 'a', 'set-cookie', 'b', 'x-latin', 'é']
    const hops = ['Connection', 'X-Hop', 'X-Hop', '1', 'Transfer-Encoding', 'chunked']
    expect(headers(...end, ...hops)).toEqual([...end, ...ours])
  })

  it('has our request id and no other, so that it can be found in the log', () => {
    expect(headers('X-Request-ID', 'theirs')).toEqual(ours)
  })

  it.each(['LP-answered-by', 'LP-error-from-transport', 'lp-message-from-transport', 'LP_change_notice'])(
    'can not say what only the gateway says: %s',
    (name) => {
      expect(headers(name, 'value')).toEqual(ours)
      expect(answerTrailers([name, 'value'])).toEqual([])
    },
  )

  it.each(['Transfer_Encoding', 'Content_Length', 'keep_alive', 'Set-It_, too'])(
    'has no other spelling of what frames a message or is of its connection: %s',
    (name) => {
      const passes = name.startsWith('Set') ? [name, '1'] : []
      expect(headers(name, '1')).toEqual([...passes, ...ours])
    },
  )

  it('has no field that the Connection field names, however it is written', () => {
    expect(headers('X_Hop', '1', 'Connection', 'x-hop', 'y-hop', '2', 'connection', 'close, Y-Hop')).toEqual(ours)
  })

  it('says no length where it is a 204, and keeps that of a 304', () => {
    const lengthOf = (status: number) => answerHead(status, ['Content-Length', '5'], '1.1', 'id', false)
    expect(lengthOf(204)).toEqual({ headers: ours, hasLength: false })
    expect(lengthOf(304)).toEqual({ headers: ['Content-Length', '5', ...ours], hasLength: true })
  })

  it('says by which version it came', () => {
    expect(answerHead(200, [], '1.0', 'id', true).headers).toEqual(['Via', '1.0 mtls-gateway', 'X-Request-Id', 'id'])
  })

  it('announces trailers where they can follow', () => {
    expect(headers('trailer', 'X-A', 'Trailer', 'X-B')).toEqual(['Trailer', 'X-A, X-B', ...ours])
    expect(headers('Trailer', 'X-A', 'Content-Length', '5')).toEqual(['Content-Length', '5', ...ours])
    expect(answerHead(200, ['Trailer', 'X-A'], '1.1', 'id', false).headers).toEqual(ours)
  })

  it('says what was presented, and believes no target about it', () => {
    expect(headers('LP-presented-certificate', 'sha256=theirs')).toEqual(ours)
    const { headers: told } = answerHead(200, [], '1.1', 'id', true, 'sha256=ab')
    expect(told).toEqual([...ours, 'LP-presented-certificate', 'sha256=ab'])
  })
})

describe('what follows the body', () => {
  it('goes on, but for what frames a message or is of its connection', () => {
    const fields = ['X-Sum', '1', 'Content-Length', '5', 'Transfer-Encoding', 'x', 'Trailer', 'y', 'X-sum', '2']
    expect(answerTrailers([...fields, 'LP-answered-by', 'gateway'])).toEqual([
      ['X-Sum', '1'],
      ['X-sum', '2'],
    ])
  })
})
