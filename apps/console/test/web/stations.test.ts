import { describe, expect, it } from '@jest/globals'
import type { HandshakeOutcome } from '../../src/web/ui/handshake/outcome.ts'
import { stationNames, wayOf } from '../../src/web/ui/handshake/stations.ts'

const handshake = {
  protocol: 'TLSv1.3',
  cipher: 'TLS_AES_256_GCM_SHA384',
  authorized: true,
  clientCertificateRequested: true,
  targetCertificate: null,
}
const accepted: HandshakeOutcome = {
  status: 204,
  clientCertificate: 'accepted',
  explanation: 'The target took the certificate and answered 204.',
  error: null,
  handshake,
  acceptableIssuers: [],
  chainAcceptable: null,
  alert: null,
}

describe('the way of a call', () => {
  it('ends at the last station, where the target took the certificate', () => {
    const { stations, telling } = wayOf(accepted)
    expect(stations.map(({ state }) => state)).toEqual(['passed', 'passed', 'passed', 'passed', 'passed'])
    expect(stations[telling]).toMatchObject({ name: 'Accepted', found: 'answered 204' })
    expect(stations[1]?.found).toBe('TLS 1.3')
  })

  it('is unclear at the last station, where the target named issuers and broke off without any facts', () => {
    const named = { ...failed('ECONNRESET', 'doubtful'), handshake: null, chainAcceptable: true }
    const { stations, telling } = wayOf(named)
    expect(stations[telling]).toMatchObject({ name: 'Accepted', state: 'doubtful' })
  })

  it.each([
    ['ENOTFOUND', 'Reached'],
    ['TARGET_NOT_TLS', 'TLS agreed'],
    ['CERT_HAS_EXPIRED', 'Target trusted'],
    ['TARGET_ASKS_AFTER_HANDSHAKE', 'Asked for a certificate'],
    ['TARGET_REJECTED_CLIENT_CERTIFICATE', 'Accepted'],
  ] as const)('breaks after %s at: %s', (code, name) => {
    const { stations, telling } = wayOf(failed(code, 'refused'))
    const at = stationNames.indexOf(name)
    expect(telling).toBe(at)
    expect(stations.map(({ state }) => state)).toEqual(
      stationNames.map((_, index) => (index < at ? 'passed' : index === at ? 'broken' : 'ahead')),
    )
  })

  it('does not need a certificate where the target asks for none', () => {
    const { stations, telling } = wayOf({ ...accepted, clientCertificate: 'not-asked' })
    expect(stations[telling]).toMatchObject({ name: 'Asked for a certificate', state: 'skipped' })
    expect(stations[4]).toMatchObject({ name: 'Accepted', state: 'skipped' })
  })

  it('does not get to the acceptance where the call broke off before, though no certificate was asked for', () => {
    const { stations } = wayOf(failed('ECONNRESET', 'not-asked'))
    expect(stations[4]?.state).toBe('ahead')
  })

  it.each([
    ['a connection that was closed before the handshake', null, 'SOCKET_CLOSED', 'TLS agreed', 'broken'],
    ['one that was closed with the certificate', handshake, 'SOCKET_CLOSED', 'Accepted', 'doubtful'],
    ['one that was never made in time', null, 'TIMEOUT', 'Reached', 'broken'],
    ['an answer that can not be read', handshake, 'MALFORMED_RESPONSE', 'Accepted', 'doubtful'],
  ] as const)('of %s', (_, handshakeThere, code, name, state) => {
    const { stations, telling } = wayOf({ ...failed(code, 'unknown'), handshake: handshakeThere })
    expect(stations[telling]).toMatchObject({ name, state })
  })
})

function failed(code: string, clientCertificate: HandshakeOutcome['clientCertificate']): HandshakeOutcome {
  return { ...accepted, status: null, clientCertificate, error: { code, message: 'No.' } }
}
