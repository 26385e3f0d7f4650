import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Steps } from '@mtls-gateway/terminal'
import { type CertificateFiles, type Subject, type SubjectName, type SubjectOptions, subjectNames } from '../subject.ts'
import { type BenchTarget, targetAddresses } from '../target/bench-target.ts'
import { type GatewaySubject, gatewaySubject } from './gateway.ts'
import { startNginxSubject } from './nginx.ts'
import { nodePeer } from './node-peer.ts'

export type Peer = Exclude<SubjectName, `mtls-gateway${string}`>

const peers: Readonly<Record<Peer, (options: SubjectOptions) => Promise<Subject>>> = {
  nginx: startNginxSubject,
  'bare undici': nodePeer('bare undici'),
  '@fastify/reply-from': nodePeer('@fastify/reply-from'),
  'http-proxy': nodePeer('http-proxy'),
}

/** The cast is safe: these are the keys of `peers`. */
export const peerNames = Object.keys(peers) as readonly Peer[]

export interface RunningSubjects {
  readonly gateway: GatewaySubject
  /** The gateway first. */
  readonly all: readonly Subject[]
}

export interface SubjectsOptions {
  readonly directory: string
  readonly target: BenchTarget
  readonly steps: Steps
  readonly peers: readonly Peer[]
  /** Another checkout that has been built: its gateway is measured beside this one's. */
  readonly against?: string | undefined
  /** The gateway is measured once more as it is by default, with a log line for every call. */
  readonly isLogged?: boolean
  /** Accounts change under load. */
  readonly changes?: boolean
  readonly identities: number
  /** 100 unless given. */
  readonly identitiesAnAccount?: number
  /** How many certificates there are for them; 20 at most unless given: making one takes longer than using it. */
  readonly distinctCertificates?: number
}

/** Starts the gateway and its peers; all have ended once `use` has. */
export async function withSubjects<T>(
  options: SubjectsOptions,
  use: (subjects: RunningSubjects) => Promise<T>,
): Promise<T> {
  await using opened = new AsyncDisposableStack()
  const { target, identities, identitiesAnAccount = 100, distinctCertificates = Math.min(20, identities) } = options
  const directory = await mkdtemp(join(options.directory, 'subjects-'))
  options.steps.expect(1)
  options.steps.next(`start what is measured, with ${identities} ${identities === 1 ? 'identity' : 'identities'}`)
  const certificates = await issueCertificates(directory, target, distinctCertificates)
  const start = async <S extends Subject>(
    name: SubjectName,
    begin: (options: SubjectOptions) => Promise<S>,
  ): Promise<S> => {
    const own = join(directory, name.replaceAll(/\W/g, '-'))
    await mkdir(own)
    const address = targetAddresses[subjectNames.indexOf(name)] ?? ''
    const subject = await begin({
      directory: own,
      target: { ...target, address },
      identities,
      identitiesAnAccount,
      certificates,
    })
    return opened.adopt(subject, () => subject.stop())
  }
  const { against, isLogged = false, changes = false } = options
  const startGateway = (name: SubjectName, given: { checkout?: string; settings?: Record<string, string> } = {}) =>
    start(name, gatewaySubject({ name, changes, ...given }))
  const gateway = await startGateway('mtls-gateway')
  const all: Subject[] = [gateway]
  if (against !== undefined) all.push(await startGateway('mtls-gateway before', { checkout: against }))
  if (isLogged) all.push(await startGateway('mtls-gateway, logged', { settings: { LOG_LEVEL: 'info' } }))
  for (const name of options.peers) all.push(await start(name, peers[name]))
  options.steps.end()
  // Awaited here: what is opened is closed when this function returns.
  return await use({ gateway, all })
}

/** Starts only the gateway. */
export const withGateway = <T>(
  options: Omit<SubjectsOptions, 'peers' | 'against'>,
  use: (gateway: GatewaySubject) => Promise<T>,
): Promise<T> => withSubjects({ ...options, peers: [], against: undefined }, ({ gateway }) => use(gateway))

/** For clients, as files of a directory as well. */
export function issueCertificates(
  directory: string,
  { clientCa }: BenchTarget,
  count: number,
): Promise<CertificateFiles[]> {
  const issued = Array.from({ length: count }, async (_, n) => {
    const { certificate, privateKey } = await clientCa.issue({ commonName: `client-${n}` })
    const pathWithoutExtension = join(directory, `client-${n}`)
    await Promise.all([
      writeFile(`${pathWithoutExtension}.pem`, certificate),
      writeFile(`${pathWithoutExtension}.key`, privateKey),
    ])
    return { certificate, privateKey, pathWithoutExtension }
  })
  return Promise.all(issued)
}
