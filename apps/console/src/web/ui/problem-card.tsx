import type { ReportedProblem } from '@mtls-gateway/contract'
import { Code } from './code.tsx'
import { Notice } from './notice.tsx'

/** One thing that is wrong with a key or certificate: its severity as a word, a sentence, the commands that fix it. */
export function ProblemCard({ problem: { severity, code, message, fix } }: { readonly problem: ReportedProblem }) {
  return (
    <Notice tone={severity === 'error' ? 'bad' : 'warn'} title={severity === 'error' ? 'Error' : 'Warning'}>
      <p>{message}</p>
      {fix !== undefined && (
        <>
          <p>
            {severity === 'error'
              ? 'Run this with the name of your file, then choose what it made:'
              : 'It can be used as it is. To get rid of the warning, run this with the name of your file:'}
          </p>
          <Code text={fix} label={`the fix for ${code}`} />
        </>
      )}
    </Notice>
  )
}
