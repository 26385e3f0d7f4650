import { describe, expect, it } from '@jest/globals'
import { answerHead, answerTrailers, hintedLinks } from '../src/forward/target-answer.ts'

const ours = ['Via', '1.1 mtls-gateway', 'X-Request-Id', 'id']
const headers = (...raw: string[]) => answerHead(raw, 'id', true).headers

describe('the head of an answer', () => {
  it('comes back as the target wrote it, without what is of its connection', () => {
    const end = ['Set-Cookie', 'a', 'set-cookie', 'b', 'x-latin', 'é']
    const hops = ['Connection', 'X-Hop', 'X-Hop', '1', 'Transfer-Encoding', 'chunked']
    expect(headers(...end, ...hops)).toEqual([...end, ...ours])
  })

  it('has our request id and no other, so that it can be found in the log', () => {
    expect(headers('X-Request-ID', 'theirs')).toEqual(ours)
  })

  it('can not say that the gateway answered', () => {
    expect(headers('LP-answered-by', 'gateway')).toEqual(ours)
  })

  it('announces trailers where they can follow', () => {
    expect(headers('trailer', 'X-A', 'Trailer', 'X-B')).toEqual(['Trailer', 'X-A, X-B', ...ours])
    expect(headers('Trailer', 'X-A', 'Content-Length', '5')).toEqual(['Content-Length', '5', ...ours])
    expect(answerHead(['Trailer', 'X-A'], 'id', false).headers).toEqual(ours)
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

describe('early hints', () => {
  it('are the links', () => {
    expect(hintedLinks(['Link', '</a>; rel=preload', 'X-A', 'link', 'link', '</b>'])).toEqual([
      '</a>; rel=preload',
      '</b>',
    ])
  })
})
