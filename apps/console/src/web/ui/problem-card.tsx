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
              ? 'These commands help. Put the name of your file in them:'
              : 'It can be used as it is. These commands get rid of the warning; put the name of your file in them:'}
          </p>
          <Code text={fix} label={`the fix for ${code}`} />
        </>
      )}
    </Notice>
  )
}
