/**
 * What a language's running text cannot do without: its commonest function words, and letters that few others use.
 *
 * Provenance: lists written by hand for this project from general knowledge of the languages, no corpus counted, no list copied. A word
 * in several lists counts for each in part. Words of one letter and words that are common in English pages of any kind (in, on, die, of
 * names) are left out of other lists where they would do harm. Order inside a list has no meaning.
 */

export interface Profile {
  readonly words: string
  /** Letters that tell this language from most others in the Latin script. */
  readonly letters: string
}

export const PROFILES: Readonly<Record<string, Profile>> = {
  en: {
    words:
      'the of and to in is that for it as was with be by on not he his but at are this have from or had an they which one you were her all ' +
      'she there would their we him been has when who will more no if out so said what up its about into than them can only other new some ' +
      'could these two may then do first any my now such like our over me even most made after also did many before must through years ' +
      'where much your way well down should because each just those people how too little us very make still own see work long get here ' +
      'between both under never same another know while last might great since against go come right used take three i a your please ' +
      'does being during without within however although though every few why whether until once upon am let got want need help find ' +
      'read more free click contact home page view search good best',
    letters: '',
  },
  de: {
    words:
      'der die das und ist nicht ein eine einer einem einen eines zu den dem des von mit sich auf für im auch als an es sie er wir ihr ich ' +
      'du aus bei nach wie nur noch oder aber werden wird wurde wurden sind war waren haben hat hatte kann können durch über unter vor ' +
      'zum zur bis wenn dass daß weil sein seine ihre ihrer keine kein mehr sehr schon dann diese dieser dieses alle sowie zwischen gegen ' +
      'beim vom doch man mir mich uns unser',
    letters: 'äöüß',
  },
  fr: {
    words:
      'le la les de des du et est un une dans que qui pour pas sur au aux avec ce cette ces il elle ils elles nous vous je ne se son sa ses ' +
      'leur leurs par plus mais ou où été être sont était avoir fait comme tout tous toute aussi très bien sans entre après peut deux même ' +
      'donc car si notre votre mon ma mes ont ainsi chez depuis lors dont encore',
    letters: 'éèêàçùûôîïœ',
  },
  es: {
    words:
      'el la los las de del y en que un una por con para es se su sus al lo como más pero no ha han fue son está este esta estos estas ese ' +
      'esa muy también entre sobre sin hasta desde cuando todo todos donde quien porque ser era hay sido según nos le les yo mi me te ya si ' +
      'uno dos tiene puede hace años durante así',
    letters: 'ñáéíóú¿¡',
  },
  it: {
    words:
      'il lo la gli le di del della dello dei degli delle che è e un una uno per con non in nel nella nei nelle sul sulla si sono come più ma ' +
      'anche ha hanno questo questa questi queste quello da dal dalla alla al ai agli alle suo sua loro stato essere era molto tutti tutto ' +
      'dopo prima quando dove perché ogni tra fra sia ed o se ci mi ti io noi anni',
    letters: 'àèéìòù',
  },
  pt: {
    words:
      'o os as um uma de do da dos das em no na nos nas que e é para por com não se como mais mas ao aos à às pelo pela seu sua seus suas ' +
      'foi são está ser ter tem também já muito quando entre sobre até depois sem mesmo isso este esta esse essa ele ela eles você nós eu ' +
      'meu minha onde há anos ainda pode',
    letters: 'ãõçáéíóúâêô',
  },
  nl: {
    words:
      'de het een en van is dat op te in voor met zijn niet aan er om ook als bij door maar naar uit dan over nog wordt worden werd hij zij ze ' +
      'wij we je ik hun haar deze dit die heeft hebben had kan kunnen zou geen meer wel tot tegen onder tussen of omdat waar wat veel al ' +
      'andere na zo daar hier moet',
    letters: '',
  },
  pl: {
    words:
      'i w z na do nie się że jest to o jak ale po co za od przez dla są był była było być ich jego jej który która które tym tego tej oraz ' +
      'także tylko może już czy przed przy pod nad między lub gdy bardzo jako więc we ze te ten ta',
    letters: 'łąężźśćńó',
  },
  tr: {
    words:
      've bir bu da de için ile çok olarak daha gibi olan ne kadar en sonra var ama değil o ya ki her mi ise veya göre tarafından oldu ' +
      'olduğu olduğunu kendi bütün şey diye yok ben sen biz siz onlar nasıl ancak büyük iki ilk yıl zaman',
    letters: 'ğşıçöü',
  },
  vi: {
    words:
      'của và là có được cho các không một trong những với người đã này để từ khi đến cũng như về tại ra vào trên năm nhiều hơn đó nhưng ' +
      'thì làm theo sẽ phải việc ông bà tôi chúng họ sau trước bị rất nếu còn hay',
    letters: 'ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ',
  },
  id: {
    words:
      'yang dan di itu dengan untuk tidak ini dari dalam akan pada juga saya ke karena tersebut bisa ada mereka lebih kata tahun sudah atau ' +
      'saat oleh menjadi orang ia telah adalah seperti sebagai bahwa dapat para harus namun kita dua satu masih hari hanya mengatakan kepada ' +
      'kami setelah melakukan lalu belum lain dia anda bukan apa secara antara serta',
    letters: '',
  },
  sv: {
    words:
      'och att det är som en på för av med den till inte har de ett om var jag han hon men så från vi kan när nu ska skulle sig sin sitt sina ' +
      'eller bara efter vid mot mycket också alla vara varit blir blev detta denna dessa där här hade man du över under mellan mer än',
    letters: 'åäö',
  },
  da: {
    words:
      'og at det er som en på for af med den til ikke har de et om var jeg han hun men så fra vi kan når nu skal skulle sig sin eller kun ' +
      'efter ved mod meget også alle være været bliver blev dette denne disse der her havde man du over under mellem mere end hvor',
    letters: 'åæø',
  },
  no: {
    words:
      'og å det er som en på for av med den til ikke har de et om var jeg han hun men så fra vi kan når nå skal skulle seg sin eller bare ' +
      'etter ved mot mye også alle være vært blir ble dette denne disse der her hadde man du over under mellom mer enn hvor fra',
    letters: 'åæø',
  },
  fi: {
    words:
      'ja on ei että se oli hän mutta ovat kun niin kuin myös tai joka jotka sen mukaan jos vain ole olla sekä hänen ollut nyt mitä tämä ' +
      'tämän voi kanssa vielä jo sitä siitä ne minä sinä me te he kaikki ennen jälkeen vuonna',
    letters: 'äö',
  },
  cs: {
    words:
      'a v se na je že s z do o i to jako pro ale by k ve jsou byl byla bylo být za po od při nebo tak jeho její které který která jsem si už ' +
      'jen není co také více jak aby mezi podle roku',
    letters: 'ěščřžýáíéůú',
  },
  ro: {
    words:
      'și în de la cu pe nu un o din care este sunt a fi pentru mai ca ce se să au fost al ale lui ei dar sau prin după când între către ' +
      'această acest aceste foarte numai fără până',
    letters: 'ăâîșțşţ',
  },
  hu: {
    words:
      'a az és hogy nem is egy ez azt van volt meg csak de már mint vagy még el ki be fel le ha ami aki kell lesz által után alatt között ' +
      'minden ezt olyan nagyon itt ott',
    letters: 'őűáéíóöúü',
  },
  ca: {
    words:
      'el la els les de del i en que un una per amb és no al als dels es se com més però va són ha han aquest aquesta seva seu també entre ' +
      'fins sobre quan molt està ser era pel això anys',
    letters: 'çàèéíòóú·',
  },
  la: {
    words:
      'et in est non ad ut cum sed quod qui quae ex de per si ab sunt esse aut ac atque enim etiam nec neque eius hoc haec autem erat fuit ' +
      'quam ubi inter sine pro',
    letters: '',
  },
  tl: {
    words:
      'ang ng sa na mga ay at ni si para hindi kung ito siya niya kanyang kay may isang ako ko mo nila sila ang pag mula noong dahil',
    letters: '',
  },
  sw: {
    words:
      'na ya wa kwa ni katika za la cha kuwa hii huo hiyo ambao ambayo pia lakini kama yake wake wao baada kutoka hivyo sana watu',
    letters: '',
  },
  af: {
    words:
      'die en van is nie het wat in vir op te met sy hy was aan hulle ook kan dit deur word na by ek sal maar jy ons haar as om uit',
    letters: '',
  },
  hr: {
    words:
      'i u je na se da za su od s koji koja koje kao bio bila bilo nije ne ali ili po iz što to te biti o pri samo već više još njegov ' +
      'prema nakon između godine sve može',
    letters: 'čćžšđ',
  },
  sq: {
    words: 'dhe në të e për me është një që nga se u i si më por nuk ka janë kjo ky pas edhe duke ishte',
    letters: 'ëç',
  },
  et: {
    words: 'ja on ei et oli see kui ka mis oma kes aga või ta siis ning veel ma selle nii seda mida olid pärast',
    letters: 'õäöü',
  },
  lt: {
    words: 'ir yra kad į su iš tai ne kaip buvo apie už per tik nuo ar bet jo po savo dar taip',
    letters: 'ėįųūąčęšž',
  },
  lv: {
    words: 'un ir ka no ar uz par kas ne bija arī tas tā to kā pēc vai bet savu viņš tikai',
    letters: 'āēīūģķļņčšž',
  },
  sk: {
    words:
      'a v sa na je že s z do o i to ako pre ale by k vo sú bol bola bolo byť za po od pri alebo tak jeho ktoré ktorý',
    letters: 'ľĺŕôäčšžýáíéú',
  },
  eu: { words: 'eta da ez bat du izan zen dira baina ere den dute hau hori bere dela egin beste batean', letters: '' },
  cy: { words: 'yn y a yr i o ar mae wedi ei bod gan ac oedd am nid ond hefyd fel hwn eu oes', letters: 'ŵŷ' },
  eo: {
    words: 'la kaj de en estas al ne por ke li kun el ĝi mi vi pli kiel sed ankaŭ tiu kiu estis oni',
    letters: 'ĉĝĥĵŝŭ',
  },
}

/** Scripts that one language, or one by its letters, is written in: the first whose letters are there, else the last. */
export const SCRIPT_LANGUAGES: Readonly<Record<string, readonly (readonly [lang: string, letters: string])[]>> = {
  cyrillic: [
    ['uk', 'іїєґ'],
    ['be', 'ў'],
    ['sr', 'ђћџљњј'],
    ['kk', 'қңғұү'],
    ['ru', 'ыэ'],
    ['bg', 'ъ'],
    ['ru', ''],
  ],
  arabic: [
    ['ur', 'ٹڈڑںے'],
    ['fa', 'پچژگ'],
    ['ar', ''],
  ],
  greek: [['el', '']],
  hebrew: [['he', '']],
  thai: [['th', '']],
  devanagari: [['hi', '']],
  bengali: [['bn', '']],
  gurmukhi: [['pa', '']],
  gujarati: [['gu', '']],
  tamil: [['ta', '']],
  telugu: [['te', '']],
  kannada: [['kn', '']],
  malayalam: [['ml', '']],
  sinhala: [['si', '']],
  lao: [['lo', '']],
  tibetan: [['bo', '']],
  burmese: [['my', '']],
  khmer: [['km', '']],
  mongolian: [['mn', '']],
  georgian: [['ka', '']],
  armenian: [['hy', '']],
  ethiopic: [['am', '']],
}
