const codes = new Set([
  '22003', // numeric_value_out_of_range
  '22007', // invalid_datetime_format
  '22008', // datetime_field_overflow: the year 0
  '22021', // character_not_in_repertoire: a NUL byte
  '22P02', // invalid_text_representation: no number, no uuid, no address
  '22P05', // untranslatable_character: a NUL, or half a pair, within JSON
])

/** True when the database refused a value that was given to it: whoever sent that has to change it. */
export function isRefusedValue(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.has(error.code)
}
