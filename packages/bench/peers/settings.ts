import { readFileSync } from 'node:fs'

export interface Credentials {
  readonly key: Buffer
  readonly cert: Buffer
  readonly ca: Buffer
  readonly servername: string
}

/** What a peer is told by its environment. */
export const port = Number(process.env.PORT)
export const target = process.env.TARGET ?? ''
export const identities = Number(process.env.IDENTITIES)

const certificates = (process.env.CERTIFICATES ?? '').split(',')
const ca = readFileSync(process.env.TARGET_CA_FILE ?? '')

/** The credentials of an identity; identities take the certificates in turn. */
export function credentialsOf(identity: number): Credentials {
  const path = certificates[identity % certificates.length]
  return { key: readFileSync(`${path}.key`), cert: readFileSync(`${path}.pem`), ca, servername: 'localhost' }
}

/** As many as the callers of the largest load. */
export const connections = 256
