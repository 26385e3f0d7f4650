import { Command, Option } from '@commander-js/extra-typings'
import { mappingBaseUrl, type SignedRequest, signRequest, urlBelow } from '@mtls-gateway/client'
import { lpHeadersHash } from '@mtls-gateway/request-signing'
import type { CliContext } from '../cli-context.ts'
import { CliFailure } from '../cli-failure.ts'
import { type Connection, connect, fetchOf } from '../http/connection.ts'
import { exchange } from '../http/exchange.ts'
import { mappingId } from '../http/id-by-name.ts'
import { plainFingerprint } from '../input/fingerprint.ts'
import { headerLine, headerValue } from '../input/header-value.ts'
import { type CallParts, readCall, withCall } from '../options/call-options.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { repeatable } from '../options/repeatable.ts'
import { calledServiceOption } from '../options/service-option.ts'
import type { Settings } from '../settings/settings.ts'
import { showForwarded } from '../views/forwarded.ts'

export function forwardCommand(context: CliContext) {
  const command = new Command('forward')
    .summary('call a target through the gateway')
    .description(
      'Signs a call with the app key and sends it through the gateway. The body of the answer goes to stdout; its status and headers, and messages of the gateway, go to stderr.',
    )
    .addOption(calledServiceOption())
    .argument('[path]', 'below the url of the mapping, with --to; may have a query')
    .addOption(new Option('--url <url>', 'the target').conflicts('to'))
    .option(
      '--to <mapping>',
      'id or name of a mapping: the target is its url with the path behind it, and nothing else',
    )
    .addOption(repeatable('--header <line>', "'name: value', for the target", headerLine))
    .option('--stop-if-certificate-not-found', 'fail instead of calling over plain TLS if nothing is mapped')
    .option('--present <fingerprint>', 'the version of the mapped certificate to present, such as the staged one')
    .addHelpText(
      'after',
      examples(
        'mtls forward --service-name IDP --url https://bank.example/token',
        `echo '{}' | mtls forward --service-name IDP --url https://bank.example/token \\\n      --body-file - --content-type application/json`,
        "mtls forward --to my-mapping 'accounts?limit=10'",
      ),
    )
  return withConnection(withCall(command)).action(async (path, { url, to, serviceName, header, ...options }) => {
    if (url === undefined && to === undefined) throw new CliFailure('wrongUse', 'Give the target: --url, or --to.')
    if (path !== undefined && to === undefined) throw new CliFailure('wrongUse', 'A path goes with --to.')
    const connection = await connect(options, context)
    const { settings } = connection
    const calledPath = to === undefined ? accountPathOf(settings) : await pathTo(connection, to, path ?? '')
    const call = await readCall(context, options)
    const lpHeaders = {
      ...(url !== undefined && { 'LP-forward-url': headerValue(url, '--url') }),
      ...(serviceName !== undefined && { 'LP-service-name': headerValue(serviceName, '--service-name') }),
      ...(call.authorization !== undefined && { 'LP-authorization-override': call.authorization }),
      ...(options.stopIfCertificateNotFound && { 'LP-stop-if-certificate-not-found': 'true' }),
      ...(options.present !== undefined && {
        'LP-present-certificate': headerValue(`sha256=${plainFingerprint(options.present)}`, '--present'),
      }),
    }
    // Signed with the query: without it the LP-* headers are outside the signature. Only an app key signs.
    const sentPath = settings.appKey ? withHash(calledPath, lpHeaders) : calledPath
    const baseUrl = settings.forwarderApi
    const answer = await exchange(
      { service: 'forwarder-api', baseUrl },
      {
        method: call.method,
        path: sentPath,
        headers: headersOf(header, {
          ...typeOf(call),
          ...lpHeaders,
          ...(await authorizationOf(settings, { url: baseUrl + sentPath, ...call })),
        }),
        body: call.body,
      },
      fetchOf(settings),
    )
    showForwarded(answer, context.output)
  })
}

function accountPathOf({ account }: Settings): string {
  return `/mtls/account/${encodeURIComponent(account)}`
}

/** What follows the url of the forwarder, with the query of the target. @throws CliFailure, ServiceProblem */
async function pathTo(connection: Connection, idOrName: string, path: string): Promise<string> {
  const { account, forwarderApi: forwarder } = connection.settings
  const baseUrl = mappingBaseUrl({ forwarder, account, mapping: await mappingId(connection, idOrName) })
  try {
    return urlBelow(baseUrl, path).slice(forwarder.length)
  } catch (cause) {
    throw new CliFailure('wrongUse', 'Give the path below the url of the mapping, such as accounts?limit=10.', {
      cause,
    })
  }
}

function withHash(path: string, lpHeaders: Readonly<Record<string, string>>): string {
  return `${path}${path.includes('?') ? '&' : '?'}lp_hash=${lpHeadersHash(Object.entries(lpHeaders))}`
}

/** Lines of the same name go out as one (RFC 9110 section 5.3). */
function headersOf(lines: readonly (readonly [string, string])[], own: Readonly<Record<string, string>>): Headers {
  const headers = new Headers(own)
  for (const [name, value] of lines) headers.append(name, value)
  if (!headers.has('accept-encoding')) headers.set('accept-encoding', 'identity')
  return headers
}

/** By the app key; by the token only where there is no key, as few deployments take one here. @throws CliFailure */
async function authorizationOf(
  { appKey, token, showsCertificate }: Settings,
  request: SignedRequest,
): Promise<{ readonly authorization?: string }> {
  if (showsCertificate) return {}
  if (appKey) return { authorization: await signRequest(appKey, request) }
  if (token) return { authorization: `Bearer ${await token()}` }
  throw new CliFailure('wrongUse', 'There is no app key. Log in with one, or set MTLS_APP_KEY and MTLS_APP_SECRET.')
}

function typeOf({ contentType }: CallParts): Record<string, string> {
  return contentType === undefined ? {} : { 'content-type': contentType }
}
