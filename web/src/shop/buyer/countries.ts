import { locale } from '../../i18n/locale';
import { nameOfCountry } from './country';

/** The codes of all countries, as the server knows them (`sale/src/buyer/countries.rs`). */
const CODES = `
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY
BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK
FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR
IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK
ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM
PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF
TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW XK`;

/** Those whose addresses need a postal code, as the server knows them (`sale/src/buyer/postal.rs`). */
const WITH_POSTAL_CODE = `
AT AU BE BG BR CA CH CN CY CZ DE DK EE ES FI FR GB GR HR HU IN IT JP KR LI LT LU LV NL NO NZ PL PT RO RU SE SG SI
SK TR UA US`;

export const needsPostalCode = (country: string): boolean => country !== '' && WITH_POSTAL_CODE.includes(country);

/** Every country with its name, in the order of the names. */
export const countries = (): [code: string, name: string][] => {
  const order = new Intl.Collator(locale);
  const named = CODES.trim().split(/\s+/).map((code): [string, string] => [code, nameOfCountry(code)]);
  return named.sort(([, a], [, b]) => order.compare(a, b));
};
