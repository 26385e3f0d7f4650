import { createSecureContext } from 'node:tls'
import { createCa } from '@mtls-gateway/test-kit'
import type { Random } from '../../engine/random.ts'
import type { FuzzTarget, OpenTarget, Verdict } from '../../engine/target.ts'
import { play } from './scene.ts'

/**
 * Pools of connections, with targets that break every rule: each call gets its own answer or an error; nothing is left.
 */
export const pools: FuzzTarget = {
  name: 'pools',
  dictionary: [
    '\0',
    '\x01',
    '\r\n',
    '\r\n\r\n',
    'Content-Length: 5\r\n\r\n',
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 103 x\r\n\r\n',
  ],
  seeds: () => [Buffer.alloc(0)],
  generate: (random: Random) => Buffer.from(Array.from({ length: 8 + random(60) }, () => random(256))),
  batch: 32,
  maxBytes: 1_000,
  open: async (): Promise<OpenTarget> => {
    const ca = await createCa()
    const { privateKey: key, certificate: cert } = await ca.issue({ commonName: 'a', ipAddresses: ['127.0.0.1'] })
    const credentials = {
      ca: ca.certificate,
      newest: createSecureContext({ key, cert }),
      old: createSecureContext({ key, cert, maxVersion: 'TLSv1.2' }),
    }
    return {
      notes: [],
      run: (inputs, begin) =>
        Promise.all(
          inputs.map((input, index): Promise<Verdict> => {
            begin(index)
            return play(input, credentials)
          }),
        ),
      close: async () => {},
    }
  },
}
