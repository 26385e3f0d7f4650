import { Option } from '@commander-js/extra-typings'

/** For `confirmDeletion`. */
export function yesOption() {
  return new Option('--yes', 'delete without asking; required if there is no terminal')
}
