import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Steps } from '@mtls-gateway/terminal'
import { MissingProgram } from '../machine/programs.ts'
import { type CertificateFiles, type Subject, type SubjectName, type SubjectOptions, subjectNames } from '../subject.ts'
import { type BenchTarget, targetAddresses } from '../target/bench-target.ts'
import { caddy, startCaddy } from './caddy.ts'
import { type GatewaySettings, type GatewaySubject, gatewaySubject } from './gateway.ts'
import { ghostunnel, startGhostunnel } from './ghostunnel.ts'
import { buildGoProgram, type GoProgram } from './go-program.ts'
import { startNginxSubject } from './nginx.ts'
import { nodePeer } from './node-peer.ts'

export type Peer = Exclude<SubjectName, `mtls-gateway${string}`>

const peers: Readonly<Record<Peer, (options: SubjectOptions) => Promise<Subject>>> = {
  nginx: startNginxSubject,
  caddy: startCaddy,
  ghostunnel: startGhostunnel,
  'bare undici': nodePeer('bare undici'),
  '@fastify/reply-from': nodePeer('@fastify/reply-from'),
  'http-proxy': nodePeer('http-proxy'),
}

/** The cast is safe: these are the keys of `peers`. */
export const peerNames = Object.keys(peers) as readonly Peer[]

const goPrograms: Partial<Record<Peer, GoProgram>> = { caddy, ghostunnel }

/** Builds what is missing: before anything is measured, as it takes all processors for minutes. */
export async function buildPeers(names: readonly Peer[], steps: Steps): Promise<void> {
  for (const name of names) {
    const program = goPrograms[name]
    if (program === undefined) continue
    steps.expect(1)
    steps.next(`build ${name}, once: some minutes the first time`)
    // Why it is left out is said where it would be measured.
    await buildGoProgram(program).catch(() => {})
  }
  steps.end()
}

export interface RunningSubjects {
  readonly gateway: GatewaySubject
  /** The gateway first. */
  readonly all: readonly Subject[]
  /** Why a peer is not among them. */
  readonly notes: readonly string[]
}

export interface SubjectsOptions {
  readonly directory: string
  readonly target: BenchTarget
  readonly steps: Steps
  readonly peers: readonly Peer[]
  /** Another checkout that has been built: its gateway is measured beside this one's. */
  readonly against?: string | undefined
  /** With which the gateway is started, this one's and that of the other checkout. */
  readonly settings?: GatewaySettings
  /** The gateway once more, with these settings. */
  readonly observed?: GatewaySettings
  readonly identities: number
  /** 100 unless given. */
  readonly identitiesAnAccount?: number
  /** How many certificates there are for them; 20 at most unless given: making one takes longer than using it. */
  readonly certificates?: number
}

/** Starts the gateway and its peers; all have ended once `use` has. */
export async function withSubjects<T>(
  options: SubjectsOptions,
  use: (subjects: RunningSubjects) => Promise<T>,
): Promise<T> {
  await using opened = new AsyncDisposableStack()
  const { target, identities, identitiesAnAccount = 100, certificates: count = Math.min(20, identities) } = options
  const directory = await mkdtemp(join(options.directory, 'subjects-'))
  options.steps.expect(1)
  options.steps.next(`start what is measured, with ${identities} ${identities === 1 ? 'identity' : 'identities'}`)
  const certificates = await issueCertificates(directory, target, count)
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
  const startGateway = (name: SubjectName, settings: GatewaySettings | undefined, checkout?: string) =>
    start(name, gatewaySubject({ name, settings, ...(checkout !== undefined && { checkout }) }))
  const { settings, against, observed } = options
  const gateway = await startGateway('mtls-gateway', settings)
  const all: Subject[] = [gateway]
  if (against !== undefined) all.push(await startGateway('mtls-gateway before', settings, against))
  if (observed !== undefined) all.push(await startGateway('mtls-gateway observed', observed))
  const notes: string[] = []
  for (const name of options.peers) {
    try {
      all.push(await start(name, peers[name]))
    } catch (error) {
      if (!(error instanceof MissingProgram)) throw error
      notes.push(`${name} is left out: ${error.message}`)
    }
  }
  options.steps.end()
  // Awaited here: what is opened is closed when this function returns.
  return await use({ gateway, all, notes })
}

/** Starts only the gateway. */
export const withGateway = <T>(
  options: Omit<SubjectsOptions, 'peers' | 'against'>,
  use: (gateway: GatewaySubject) => Promise<T>,
): Promise<T> => withSubjects({ ...options, peers: [], against: undefined }, ({ gateway }) => use(gateway))

function issueCertificates(directory: string, { clientCa }: BenchTarget, count: number): Promise<CertificateFiles[]> {
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
