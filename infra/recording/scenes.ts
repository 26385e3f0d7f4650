/** What the recording shows: commands of README.md, as they stand there. */
export interface Scene {
  /** Where it is typed. */
  readonly title: string
  readonly commands: readonly SceneCommand[]
}

export interface SceneCommand {
  readonly command: string
  /** Which of its lines are shown; all unless given. */
  readonly lines?: (printed: readonly string[]) => readonly string[]
}

/** Makes the file that the scenes begin with. */
export const setUp =
  "openssl req -x509 -newkey rsa:2048 -nodes -days 90 -subj '/CN=my-client' -keyout key.pem -out cert.pem " +
  '-addext basicConstraints=critical,CA:FALSE -addext keyUsage=critical,digitalSignature -addext extendedKeyUsage=clientAuth'

export const environment = { MTLS_PASSWORD: 'secret' }

/** Where the demo's target is unless the port is in use. */
export const demoTarget = 'localhost:8082'

/** What the demo prints once it is up, before the link. */
export const isUp = 'Press Ctrl-C to stop.'

/** Stays up while the other scenes are recorded. */
export const start: Scene = {
  title: 'The demo: both services, and a target that demands a client certificate',
  commands: [{ command: 'npm start', lines: (printed) => [...printed.slice(0, printed.indexOf('')), '', isUp] }],
}

export const scenes: readonly Scene[] = [
  {
    title: 'In another terminal: check a key file without storing it',
    commands: [
      { command: 'npx mtls login --from .data/demo.json' },
      { command: 'openssl pkcs12 -export -inkey key.pem -in cert.pem -passout pass:secret -out client.p12' },
      { command: 'npx mtls test client.p12' },
    ],
  },
  {
    title: 'Store it, and say which calls present it',
    commands: [
      { command: 'npx mtls upload client.p12 --name my-client' },
      {
        command: 'npx mtls map my-client --name my-mapping --service-name IDP --url https://localhost:8082/token',
      },
      { command: 'npx mtls check --service-name IDP --url https://localhost:8082/token' },
    ],
  },
  {
    title: 'Why a call gets no certificate, and a call that presents one',
    commands: [
      { command: "npx mtls explain --service-name IDP --url 'https://localhost:8082/token?x'" },
      { command: 'npx mtls forward --service-name IDP --url https://localhost:8082/demo', lines: seenCertificate },
    ],
  },
]

/** The target answers with all that it has seen: of that, the head and the certificate. */
function seenCertificate(printed: readonly string[]): readonly string[] {
  const body = printed.indexOf('{')
  const certificate = printed.findIndex((line) => line.includes('"clientCertificate"'))
  const end = printed.findIndex((line, index) => index > certificate && line.startsWith('  }'))
  return [...printed.slice(0, body + 1), '  ...', ...printed.slice(certificate, end + 1), '}']
}
