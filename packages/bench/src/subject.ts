/** What is sent to a subject, again and again. */
export interface Call {
  readonly method: 'GET' | 'POST'
  /** The target's path, below the identity: `small` stands for `/{identity}/small`. */
  readonly path: string
  /** They are called in turn. */
  readonly identities: number
  readonly bodyBytes: number
  /** `true`: each call comes over a connection of its own. */
  readonly closes: boolean
}

export const smallCall: Call = { method: 'GET', path: 'small', identities: 1, bodyBytes: 0, closes: false }

/** A forwarder that runs, alone on its core. */
export interface Subject {
  readonly name: SubjectName
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  readonly pid: number
  /** Whether the same request may be sent again. */
  readonly repeatable: boolean
  /** Heads of requests, without their bodies: `count` of them at least, fewer where they are repeatable. */
  requests(call: Call, count: number): Iterable<string>
  stop(): Promise<void>
}

export const subjectNames = [
  'mtls-gateway',
  'mtls-gateway before',
  'mtls-gateway, logged',
  'nginx',
  'bare undici',
  '@fastify/reply-from',
  'http-proxy',
] as const

export type SubjectName = (typeof subjectNames)[number]

/** What every subject calls, and by which certificates. */
export interface SubjectOptions {
  /** A folder of its own. */
  readonly directory: string
  readonly target: {
    /** Where this subject calls it, unless by its `url`. */
    readonly address: string
    readonly port: number
    readonly caFile: string
    readonly ca: string
    readonly url: string
  }
  /** How many identities call the target. */
  readonly identities: number
  /** How many of them belong to one account of the gateway. */
  readonly identitiesAnAccount: number
  /** They take these in turn: what costs is a connection of its own, not another key in it. */
  readonly certificates: readonly CertificateFiles[]
}

export interface CertificateFiles {
  /** PEM. */
  readonly certificate: string
  readonly privateKey: string
  /** With `.pem` it is the certificate's file, with `.key` the key's. */
  readonly pathWithoutExtension: string
}

/** The certificate of an identity. */
export function certificateOf({ certificates }: SubjectOptions, identity: number): CertificateFiles {
  const found = certificates[identity % certificates.length]
  if (found === undefined) throw new Error('there is no certificate')
  return found
}
