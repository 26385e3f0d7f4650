import { describe, expect, it } from '@jest/globals'
import { type ConnectionFacts, recordConnectionFacts } from '../../src/failures/connection-facts.ts'
import { explainTransportError, isTargetDown, isTargetThere, TransportError } from '../../src/index.ts'

const plain: ConnectionFacts = { phase: 'connect' }

function isDown(error: Error, facts?: ConnectionFacts): boolean {
  if (facts !== undefined) recordConnectionFacts(error, { ...plain, ...facts })
  return isTargetDown(error, explainTransportError(error, 'bank.example:443'))
}

const withCode = (code: string) => Object.assign(new Error(code), { code })
const seen = { targetCertificateSeen: true }
const shown = { hadClientCertificate: true, ...seen }

describe('a target is down', () => {
  it.each<[string, Error, ConnectionFacts]>([
    ['that refuses connections', withCode('ECONNREFUSED'), {}],
    ['whose name servers fail', withCode('EAI_AGAIN'), { phase: 'resolve' }],
    ['that accepts no connection in time', new TransportError('TIMEOUT'), {}],
    ['that does not finish its handshake in time', new TransportError('TIMEOUT'), { phase: 'handshake' }],
    ['that resets connections', withCode('ECONNRESET'), { ...shown, targetCertificateSeen: false }],
  ])('%s', (_, error, facts) => {
    expect(isDown(error, facts)).toBe(true)
  })
})

describe('a target is not down', () => {
  it.each<[string, Error, ConnectionFacts | undefined]>([
    ['for a call that its caller gave up', new TransportError('CALL_ABORTED'), undefined],
    ['for an address that the gateway refuses', new TransportError('TARGET_ADDRESS_REFUSED'), {}],
    ['if it closes, maybe because of the certificate', withCode('ECONNRESET'), { ...shown, phase: 'exchange' }],
    ['if it closes, maybe because there is none', withCode('ECONNRESET'), { phase: 'handshake', ...seen }],
    ['if it closes, maybe because of the request', new TransportError('SOCKET_CLOSED'), { phase: 'exchange', ...seen }],
    ['if it hangs, maybe over the certificate', new TransportError('TIMEOUT'), { phase: 'handshake', ...shown }],
    ['if the mapping does not trust its certificate', withCode('SELF_SIGNED_CERT_IN_CHAIN'), { phase: 'handshake' }],
    [
      'if it does not take what the mapping offers',
      withCode('ECONNRESET'),
      { phase: 'handshake', tls: { minVersion: '1.3' } },
    ],
    ['if it has another version of TLS', withCode('ERR_SSL_UNSUPPORTED_PROTOCOL'), { phase: 'handshake' }],
    ['if its name does not exist', withCode('ENOTFOUND'), { phase: 'resolve' }],
    ['by an answer that was late, which was told before', new TransportError('TIMEOUT'), { phase: 'exchange' }],
    ['if it answers what is not HTTP', new TransportError('MALFORMED_RESPONSE'), { phase: 'exchange' }],
  ])('%s', (_, error, facts) => {
    expect(isDown(error, facts)).toBe(false)
  })
})

describe('a target is there', () => {
  const isThere = (error: Error, facts?: ConnectionFacts): boolean => {
    if (facts !== undefined) recordConnectionFacts(error, { ...plain, ...facts })
    return isTargetThere(error, explainTransportError(error, 'bank.example:443'))
  }

  it('if it fails a call after its certificate', () => {
    expect(isThere(new TransportError('MALFORMED_RESPONSE'), { phase: 'exchange', ...shown })).toBe(true)
    expect(isThere(withCode('CERT_HAS_EXPIRED'), { phase: 'handshake', ...seen })).toBe(true)
  })

  it('not if it hangs, has not come as far, or the gateway ended the call', () => {
    expect(isThere(new TransportError('TIMEOUT'), { phase: 'exchange', ...shown })).toBe(false)
    expect(isThere(withCode('ECONNRESET'), { phase: 'handshake' })).toBe(false)
    expect(isThere(new TransportError('CALL_ABORTED'), { phase: 'exchange', ...shown })).toBe(false)
    expect(isThere(new TransportError('CALL_ABORTED'))).toBe(false)
  })
})
