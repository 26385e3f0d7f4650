import { relative, sep } from 'node:path'
import { paymentsUrl } from './bank.ts'
import { type DemoFile, demoFilePath } from './demo-file.ts'
import { demoNames } from './leftovers.ts'
import { nextCertificatePath, nextPassword } from './next-certificate.ts'
import { dataDirectory, repositoryRoot } from './repository.ts'
import type { ServiceProcess } from './service-process.ts'

export interface ReadyFacts {
  readonly demo: DemoFile
  readonly dataDir: string
  /** Signs in to the console once. */
  readonly link: string
  readonly services: readonly Pick<ServiceProcess, 'name' | 'logFile'>[]
}

/**
 * What the user can do now, as commands of a POSIX shell in the repository's root. None of them shows a token. The link
 * comes last, on a line of its own: it is what most people look for.
 */
export function readyCommands({ demo, dataDir, link, services }: ReadyFacts): string {
  const { configApi, forwarderApi, accountId, targetUrl, metrics } = demo
  // Commands of another shell do not have the variable by which this demo was started.
  const prefix = dataDir === dataDirectory({}) ? '' : `DATA_DIR=${shellQuote(dataDir)} `
  const script = `require(${JSON.stringify(fromRoot(demoFilePath(dataDir)))}).bearerToken`
  return [
    '',
    'List the certificates:',
    `  curl -s -H "Authorization: Bearer $(node -p ${shellQuote(script)})" ${configApi}/mtls/account/${accountId}/certificates`,
    'Call the target through the gateway, signed with the demo app key:',
    `  ${prefix}npm run call -- --url ${targetUrl}`,
    'Pay at its bank, which also wants an access token and a signature. The gateway adds both:',
    `  ${prefix}npm run call -- --url ${paymentsUrl(targetUrl)} --data '{"amount":"12.50"}'`,
    'Try the rest on the command line (npx mtls help lists the commands):',
    `  npx mtls login --from ${argument(demoFilePath(dataDir))}`,
    'Once logged in, get another link to the console:',
    '  npx mtls console',
    'See the account as a file, which mtls apply takes back:',
    '  npx mtls export',
    `Rotate ${demoNames.expiring}, here or on the console (the password of the file is ${nextPassword}):`,
    `  MTLS_PASSWORD=${nextPassword} npx mtls rotate ${demoNames.expiring} ${argument(nextCertificatePath(dataDir))} --wait`,
    `See ${demoNames.twoMinutes} renew itself each minute, here or on the console:`,
    `  npx mtls plan show ${demoNames.twoMinutes}`,
    'Get a token, also for app keys, invitations, settings and the audit trail:',
    `  ${prefix}npx mtls-admin token --account ${accountId} --scope "mtls:read mtls:write mtls:admin"`,
    '',
    `API docs:     ${configApi}/docs   ${forwarderApi}/docs`,
    `Health:       ${configApi}/health/ready   ${forwarderApi}/health/ready`,
    `Metrics:      ${metrics.join('   ')}`,
    `Credentials:  ${fromRoot(demoFilePath(dataDir))}`,
    `Logs:         ${services.map(({ logFile }) => fromRoot(logFile)).join('   ')}`,
    '',
    'Press Ctrl-C to stop.',
    '',
    'Open the console. The link works once, within ten minutes:',
    link,
  ].join('\n')
}

/** Begins with `./` below the root, as `require` needs it. */
function fromRoot(path: string): string {
  const short = relative(repositoryRoot, path)
  return short.startsWith('..') || short === path ? path : `./${short.replaceAll(sep, '/')}`
}

function argument(file: string): string {
  const path = fromRoot(file).replace(/^\.\//, '')
  return /^[\w./-]+$/.test(path) ? path : shellQuote(path)
}

function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
