/**
 * Languages that an English or Chinese corpus would swallow unseen, told by words or characters that only they have.
 *
 * Provenance: lists written by hand for this project. Of the languages in the Latin script that are met less often only words that
 * English does not have are listed, so that they take nothing from it. Scots and Nigerian Pidgin share most of their function words
 * with English, and written Cantonese most of its characters with Chinese: they are taken for themselves when enough of the text is
 * their own (`RELATIVES`, `CANTONESE`).
 */
import type { Profile } from './language-profiles.ts'

const words = (list: string, letters = ''): Profile => ({ words: list, letters })

export const RARER_PROFILES: Readonly<Record<string, Profile>> = {
  fy: words(
    'it fan dat te wie wy hy sy syn mei foar út ek oan har mar nei oer wurdt wiene hat hie kin binne waard nimmen noch dy',
  ),
  lb: words(
    'vun déi dat ass ech mir net mat fir dem den eng vum ginn hunn huet gouf och wou wéi sinn zu nach zum awer duerch',
    'ëé',
  ),
  nds: words('dat un von mit för op nich ok bi een sien wi hett den de dor wer sik'),
  is: words(
    'og að er sem til við um með ekki það af hann fyrir eru frá hún sér eða voru því þegar eftir þau þeir þetta hafa verið',
    'ðþæ',
  ),
  fo: words('og at sum til við eru frá hava hann hon ikki um fyri men eisini var teir tað', 'ðø'),
  ang: words('ond se þæt wæs him hie þa mid ne ic þe hwæt swa ac hæfde', 'þðæ'),
  sl: words(
    'je na se za da ki po pri tudi ne bi od kot bil bila ali še pa le ter iz smo sem lahko ker med zelo',
    'čšž',
  ),
  gl: words(
    'os dos das unha que por para con non foi máis pola polo ao aos seu súa tamén xa cando onde moi pero entre despois hai',
  ),
  ast: words('los les del que una por con pa nun yera foi tamién dende y na esti esta'),
  oc: words(
    'lo los las del dels que per amb dins al als pas mai dempuèi aquel aquela coma tanben foguèt èra sus entre fins',
  ),
  pms: words('ëd dla che ij dij për ant al dël', 'ëò'),
  scn: words('di lu li nun ca nta cu pi dî dâ fu'),
  pap: words('di ta na pa ku su tabata nan un ke por tin riba'),
  br: words('hag eo ur da war gant evit eus bet zo dre met pe'),
  ga: words('agus ar bhí go tá ag le sé sí de nach mar ach don leis raibh siad chun ná mé seo sin aon'),
  gd: words('agus air gu tha bha ann le chan ach mar iad nach aig bho seo sin gun'),
  gv: words('ny yn dy va er eh ayns ec ta rish'),
  mt: words('il li ta fil kien dan minn għal għandu huwa jew biex kienet mill lil dawn bil', 'ħżġċ'),
  az: words('və bu bir ilə üçün da də olan ki onun daha çox olaraq kimi isə edir sonra ən idi oldu hər', 'ə'),
  uz: words('va bu bilan uchun bir ham edi lgan yoki lekin emas keyin hech qilgan deb kerak'),
  tk: words('we bu bilen üçin bir hem edip bolan', 'ňýž'),
  ku: words('di li bi ji ku ew ev wî bû jî ye xwe ne'),
  ms: words(
    'kerana boleh tiada apabila telah ialah adalah beliau daripada kepada iaitu sahaja ini itu yang dan di untuk dengan',
  ),
  jv: words(
    'ing kang lan sing ora iku kuwi wis karo saka utawa ana iki marang amarga dadi kanggo bisa nalika uga minangka wong',
  ),
  su: words('anu jeung di nu ti téh ka dina sarta ku ieu éta pikeun aya henteu teu urang geus nya jadi sabab'),
  min: words('nan di jo dari pado iko untuak alah ado urang'),
  ceb: words(
    'ang sa og nga mga ug usa ka kay dili wala si nila iyang siya kaniya kini mao adunay sulod gikan kung niini',
  ),
  ilo: words('ti nga iti dagiti ken kadagiti maysa idi isu daytoy'),
  hil: words('ang sang nga sa kag mga sing iya gid'),
  war: words('han nga hin ngan usa ka ini nga mga'),
  mg: words('ny sy dia tamin amin ho fa tsy izay ao ary ireo teo nisy izy noho mba hoe'),
  mi: words('te ki ka ko nga ngā ana kua nei tō rātou ia mai ai hoki'),
  haw: words('ka ke na ma ua nā ia kēia mai ana'),
  sm: words('le ma lea ua fa i ona mai latou tele'),
  zu: words('futhi ukuthi ngoba kodwa noma uma lapho yakhe wakhe bakhe kanye ukuba nge ngo kwa abantu'),
  xh: words('kwaye kuba okanye ukuba kodwa xa wakhe yakhe kunye ngokuba abantu kwakungekho'),
  st: words('le ke ya ba ka ho tsa hore hape empa bane eo'),
  tn: words('le ke ya ba ka go mo tsa gore fa mme bane'),
  sn: words('uye kuti ne pa mu ku vanhu asi iyo zvino'),
  ny: words('ndi kuti pa mu wa la kwa anthu koma ya za ndipo'),
  rw: words('mu ku kandi ko ni ya muri cyane ubwo abantu ariko bya yari nta wa kuri buri gusa'),
  lg: words('mu ku nga okuva nti era bwe mu nnyo abantu'),
  ln: words('na ya ba mpe oyo ete bato ezali'),
  so: words('oo iyo waxaa ka ku uu ay waa la ee waxay wuxuu soo ugu isku kale ah si aan markii ayaa loo'),
  om: words('fi kan akka keessa kana isaa ture jira'),
  ha: words('da na ta ya ne ba su wani cikin kuma don ce domin wannan sun ga daga zuwa shi ita amma', 'ɓɗƙ'),
  yo: words('ni ti sì tí ní fún àti náà wọn ó bí kò sí pé àwọn lọ kan', 'ọẹṣ'),
  ig: words('na ka nke ya bụ ndị ahụ ọ ha ma ọzọ maka si dị nwere', 'ụịọ'),
  ak: words('na wɔ sɛ ne ho mu nnipa bi', 'ɔɛ'),
  wo: words('ci ak bu la mu yi nit ñu ñi'),
  ht: words('yo nan li la pa ki te ak pou yon se sa ap gen nou mwen epi lè tout sou'),
  qu: words('kaq chay hinaspa manam mana huk karqan kanku ima ñuqa pis taq'),
  gn: words('ha umi upe pe oĩ rehe ndive ava', 'ỹũĩẽ'),
  tpi: words('bilong long em ol na bin olsem dispela wanpela tru wantaim yumi'),
  bi: words('blong long hemi olgeta mo oli ia mifala yumi'),
  io: words('la di esas ed kun por qua kom da ne esis'),
  ia: words('le de que es pro con non un una per su ab'),
  vo: words('binom äbinom äsä dö fa kel'),
}

export interface Relative {
  readonly lang: string
  readonly words: string
}

/** Languages close to English, with words that it does not have. */
export const RELATIVES: readonly Relative[] = [
  {
    lang: 'sco',
    words:
      'wis wad isna dinna cannae didnae wasnae dinnae tae frae oor fowk thir thay whit whan wha whaur hoo hou aw nae hae haed gaed gied ' +
      'mair sic ane yin twa ither ithers mony muckle bairn bairns auld doun doon oot aboot efter syne nou juist intae ower gey heid wi ' +
      'nocht wheen warld leid hoose awa wir thaim thairsels sae maist richt richts ony ilka ilk hes thair til onie naebody onybody ' +
      'awbody gin ava sall maun haein luik amang baith fur yer nane ae',
  },
  {
    lang: 'pcm',
    words: 'dey dem wey dis dat sabi abeg wetin im pikin comot dia sef ehn oga waka belle tok di odas wen pesin pipol',
  },
  {
    lang: 'jam',
    words: 'inna fi dem pon fram wah dat weh nuh unu deh dis likkle pickney gwaan mek kyaan cyaan yuh di fa evri',
  },
]
/** Share of words that are a relative's own before the text is its own: English quotes dialect, and seldom writes it. */
export const RELATIVE_SHARE = 0.045

/** Characters of written Cantonese that written Chinese does without. */
export const CANTONESE = '嘅咗喺唔佢哋啲冇嗰咁嚟嘢乜咩噉嘥瞓攞畀啱嗮閂孭'
/** Share of Han characters; a Chinese text that quotes Cantonese stays below. */
export const CANTONESE_SHARE = 0.03
