import { Command, InvalidArgumentError, Option } from '@commander-js/extra-typings'
import { type VersionDifferenceCode, versionDifferenceCodes } from '@mtls-gateway/domain/words'
import type { AdminContext } from '../admin-context.ts'
import { readDuration } from '../options/duration-option.ts'
import { examples } from '../options/examples.ts'
import { collect } from '../options/repeatable.ts'

export function replaceCommand(context: AdminContext) {
  return new Command('replace')
    .summary('have all certificates of an issuer renewed now')
    .description(
      'Renews now all certificates of an issuer that have a renewal plan, however old they are. ' +
        'config-api does the renewals, some at a time, with all the steps of their plans; it learns of them at its next ' +
        'listing (EXPIRY_CHECK_INTERVAL). Certificates without a plan are listed as left. It asks first. It may be ' +
        'interrupted and run again: what has been replaced since, or is requested already, is left alone.',
    )
    .requiredOption('--issuer <dn>', 'name of the issuer; copy it from mtls-admin inventory')
    .addOption(
      new Option(
        '--issued-before <time>',
        'only certificates that came before this time; give it when you go on, so that replacements are not replaced (default: now)',
      ).argParser(readTime),
    )
    .addOption(
      new Option(
        '--accept <difference>',
        'in what the next certificates may differ from those in use without a person: ISSUER_DIFFERS where they come from another CA; may be repeated',
      )
        .argParser(collect(readDifference))
        .default([] as readonly VersionDifferenceCode[], 'nothing'),
    )
    .addOption(
      new Option('--wait <time>', 'how long to follow the renewals: ms, s, m, h or d; 0s: not at all')
        .argParser(readDuration)
        .default(0, '0s'),
    )
    .option('--yes', 'request without asking; required if there is no terminal')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      examples(
        'mtls-admin replace --issuer "CN=Old CA, O=Example" --accept ISSUER_DIFFERS --wait 2h',
        'mtls-admin replace --issuer "CN=Old CA, O=Example" --issued-before 2026-03-01T10:00:00.000Z',
      ),
    )
    .action(async ({ issuer, issuedBefore, accept, wait, yes, json }) => {
      const { replaceAll } = await import('../work/fleet/replace.ts')
      await replaceAll(context, {
        issuer,
        issuedBefore: issuedBefore ?? new Date().toISOString(),
        goesOn: issuedBefore !== undefined,
        accepts: accept,
        waitMs: wait,
        yes: yes === true,
        json: json === true,
      })
    })
}

function readTime(text: string): string {
  const time = new Date(text)
  if (Number.isNaN(time.getTime())) throw new InvalidArgumentError('It is a time such as 2026-03-01T10:00:00Z.')
  return time.toISOString()
}

function readDifference(text: string): VersionDifferenceCode {
  const code = versionDifferenceCodes.find((each) => each === text)
  if (code === undefined) throw new InvalidArgumentError(`It is one of ${versionDifferenceCodes.join(', ')}.`)
  return code
}
