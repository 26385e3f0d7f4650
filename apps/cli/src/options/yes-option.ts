import { Option } from '@commander-js/extra-typings'

/** @param what happens without a question, such as a deletion (`confirmDeletion`) */
export function yesOption(what = 'delete') {
  return new Option('--yes', `${what} without asking; required if there is no terminal`)
}
