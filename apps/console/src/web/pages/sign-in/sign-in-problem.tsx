import { Notice } from '../../ui/notice.tsx'

/** What the console's server says by the code in the url, once the identity provider has sent the browser back. */
const sentences: Readonly<Record<string, readonly [title: string, advice: string]>> = {
  SIGN_IN_EXPIRED: ['Signing in took too long', 'Start again, in this browser, and finish within ten minutes.'],
  SIGN_IN_REFUSED: [
    'Your identity provider refused to sign you in',
    'Ask whoever looks after this console: its log has the words of the identity provider.',
  ],
  IDENTITY_PROVIDER_UNAVAILABLE: ['Your identity provider does not answer', 'Try again in a moment.'],
  SESSION_TOO_LARGE: [
    'Your session is too large for a cookie',
    'Ask whoever looks after this console to have fewer claims put into your token.',
  ],
}

export function SignInProblem({ code }: { readonly code: string }) {
  // Anybody can have written the url.
  const known = Object.hasOwn(sentences, code) ? sentences[code] : undefined
  const [title, advice] = known ?? ['You are not signed in', 'Start again. If it fails again, ask for help.']
  return (
    <Notice tone="bad" title={title}>
      <p>{advice}</p>
      {/^[A-Z_]{1,64}$/.test(code) && <small>{code}</small>}
    </Notice>
  )
}
