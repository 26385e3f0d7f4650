import { setTimeout } from 'node:timers/promises'
import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../cli-context.ts'
import { CliFailure } from '../cli-failure.ts'
import { createSignInCode } from '../http/sign-in-code.ts'
import { consoleUrlOption } from '../options/console-url-option.ts'
import { examples } from '../options/examples.ts'
import { parseBaseUrl } from '../settings/base-url.ts'
import { type Login, loginFilePath, readLogin } from '../settings/login-file.ts'
import { heldCredentials, withEnvironment } from '../settings/settings.ts'
import { KeptToken } from '../sign-in/kept-token.ts'

/** Where the console listens unless it is told otherwise. */
const defaultUrl = 'http://127.0.0.1:8090'
/** As long as a code lives. */
const longestOpeningMs = 60_000

export function consoleCommand(context: CliContext) {
  const { environment, output } = context
  return new Command('console')
    .summary('print a link that signs you in to the console')
    .description(
      'Prints a link to the console. Its page names whom the token belongs to that you are logged in with, and signs you in when you confirm. The link works once, within a minute.',
    )
    .addOption(consoleUrlOption())
    .option('--open', 'open it in a browser of this machine, too')
    .option('--json', 'print the JSON answer of the console')
    .addHelpText('after', examples('mtls console --console-url https://console.example --open'))
    .action(async (options) => {
      output.json = options.json ?? false
      const file = loginFilePath(environment)
      const login = withEnvironment(await readLogin(file), environment)
      const baseUrl = parseBaseUrl(options.consoleUrl || login.console || defaultUrl, '--console-url')
      requireToken(login)
      const place = { service: 'console', baseUrl } as const
      // The console can not refresh it, so it gets one that lasts.
      const token = await new KeptToken(file, login).renewed()
      const answer = await createSignInCode(place, token, context.heard)
      output.answer(answer, ({ url: link }) => link)
      if (!output.json) output.complain('The link works once, within a minute, and signs in as you: give it to nobody.')
      if (options.open) await open(answer.body.url, context)
    })
}

/** @throws CliFailure */
function requireToken(login: Login): void {
  const { token, appKey } = heldCredentials(login)
  if (token !== undefined) return
  if (appKey === undefined) {
    throw new CliFailure('wrongUse', 'There is no token. Log in (mtls login) or set MTLS_TOKEN.')
  }
  throw new CliFailure(
    'wrongUse',
    `The console needs a token, and you are logged in with the app key ${appKey.appKey} (OAuth 1.0a) alone. Log in with a token: mtls login.`,
  )
}

async function open(link: string, { environment, output }: CliContext): Promise<void> {
  const [{ LoopbackServer }, { openBrowser }] = await Promise.all([
    import('../sign-in/loopback-server.ts'),
    import('../sign-in/open-browser.ts'),
  ])
  const server = await LoopbackServer.start('http://127.0.0.1/')
  try {
    const { led, url } = server.leadTo(link)
    const isOpened = (await openBrowser(environment, url)) && (await within(led, longestOpeningMs))
    if (!isOpened) output.complain('No browser has opened it. Open it yourself.')
  } finally {
    await server.close()
  }
}

async function within(event: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const waiting = new AbortController()
  const late = setTimeout(milliseconds, false, { signal: waiting.signal })
  try {
    return await Promise.race([event.then(() => true), late])
  } finally {
    waiting.abort()
    await late.catch(() => {})
  }
}
