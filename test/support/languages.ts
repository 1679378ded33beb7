/**
 * A paragraph or two in many languages, written for these tests: what a detector of English and Chinese must not take for either,
 * and what encodings were made for. By ISO 639 code, Chinese in both scripts.
 */
export const PROBES: Readonly<Record<string, readonly string[]>> = {
  en: [
    'The ferry left the harbour an hour late, because the captain had lost his glasses and nobody on board could read the chart. When they reached the island the shops were shut, so we ate what was left of our bread on the beach.',
    'Store the batteries in a dry place and charge them before first use. If a cell becomes warm, switch the device off, remove the pack and let it cool down for at least thirty minutes before you try again.',
  ],
  'zh-Hans': [
    '渡船晚了一个小时才离开码头，因为船长把眼镜弄丢了，船上又没有别人看得懂海图。等我们到了岛上，商店都已经关门，大家只好坐在沙滩上把剩下的面包吃完。',
    '电池应放在干燥的地方，第一次使用之前请先充电。如果发现电池发热，请关闭设备，取出电池，等它冷却至少三十分钟以后再试。',
  ],
  'zh-Hant': [
    '渡船晚了一個小時才離開碼頭，因為船長把眼鏡弄丟了，船上又沒有別人看得懂海圖。等我們到了島上，商店都已經關門，大家只好坐在沙灘上把剩下的麵包吃完。',
    '電池應放在乾燥的地方，第一次使用之前請先充電。如果發現電池發熱，請關閉裝置，取出電池，等它冷卻至少三十分鐘以後再試。',
  ],
  yue: [
    '啲船遲咗成個鐘先至開，因為船長唔見咗副眼鏡，船上面又冇人識得睇海圖。去到個島嗰陣，啲舖頭全部都閂晒門，我哋唯有坐喺沙灘度食晒啲麵包。',
  ],
  ja: [
    '船長が眼鏡をなくしてしまい、船の上では誰も海図を読めなかったので、渡し船は一時間遅れて港を出た。島に着いたときには店はもう閉まっていて、私たちは浜辺で残りのパンを食べるしかなかった。',
    'バッテリーは乾いた場所に保管し、初めてお使いになる前に充電してください。熱くなった場合は電源を切り、三十分以上冷ましてからもう一度お試しください。',
  ],
  ko: [
    '선장이 안경을 잃어버렸고 배에 탄 사람 가운데 해도를 읽을 줄 아는 이가 없어서 나룻배는 한 시간 늦게 항구를 떠났다. 섬에 닿았을 때 가게는 모두 닫혀 있었고 우리는 바닷가에 앉아 남은 빵을 먹었다.',
  ],
  de: [
    'Die Fähre verließ den Hafen eine Stunde später, weil der Kapitän seine Brille verloren hatte und sonst niemand an Bord die Karte lesen konnte. Als wir die Insel erreichten, waren die Läden geschlossen, und wir aßen am Strand den Rest unseres Brotes.',
  ],
  fr: [
    'Le bac a quitté le port avec une heure de retard, parce que le capitaine avait perdu ses lunettes et que personne à bord ne savait lire la carte. Quand nous sommes arrivés sur l’île, les magasins étaient déjà fermés et nous avons mangé le reste du pain sur la plage.',
  ],
  es: [
    'El transbordador salió del puerto con una hora de retraso, porque el capitán había perdido sus gafas y nadie más a bordo sabía leer la carta. Cuando llegamos a la isla, las tiendas ya estaban cerradas, así que comimos en la playa el pan que quedaba. ¿Y mañana? Nadie lo sabía.',
  ],
  it: [
    'Il traghetto lasciò il porto con un’ora di ritardo, perché il capitano aveva perso gli occhiali e nessun altro a bordo sapeva leggere la carta. Quando arrivammo sull’isola i negozi erano già chiusi, così mangiammo sulla spiaggia il pane che ci era rimasto.',
  ],
  pt: [
    'A balsa deixou o porto com uma hora de atraso, porque o capitão tinha perdido os óculos e ninguém mais a bordo sabia ler a carta. Quando chegámos à ilha, as lojas já estavam fechadas, e não nos restou senão comer na praia o pão que sobrou da viagem.',
  ],
  ca: [
    'El transbordador va sortir del port amb una hora de retard, perquè el capità havia perdut les ulleres i ningú més a bord no sabia llegir la carta. Quan vam arribar a l’illa, les botigues ja eren tancades i vam menjar a la platja el pa que ens quedava.',
  ],
  gl: [
    'O barco saíu do porto cunha hora de atraso, porque o capitán perdera as lentes e ninguén máis a bordo sabía ler a carta. Cando chegamos á illa, as tendas xa estaban pechadas, así que comemos na praia o pan que nos quedaba.',
  ],
  oc: [
    'Lo batèu quitèt lo pòrt amb una ora de retard, perque lo capitani aviá perdut sas lunetas e degun mai sabiá pas legir la mapa. Quand arribèrem dins l’illa, las botigas èran ja barradas e mangèrem sus la plaja lo pan que nos demorava.',
  ],
  la: [
    'Navis una hora serius e portu solvit, quod magister perspicilla sua amiserat neque quisquam alius in nave tabulam legere poterat. Cum ad insulam pervenissemus, tabernae iam clausae erant, itaque in litore sedentes panem qui supererat edimus.',
    'Gallia est omnis divisa in partes quas incolunt gentes inter se lingua atque legibus diversae; qui ultra flumen habitant, ceteris fortiores esse dicuntur, quod minime ad eos mercatores commeant.',
  ],
  ro: [
    'Feribotul a plecat din port cu o oră întârziere, pentru că își pierduse căpitanul ochelarii și nimeni altcineva de la bord nu știa să citească harta. Când am ajuns pe insulă, magazinele erau deja închise, așa că am mâncat pe plajă pâinea care ne mai rămăsese.',
  ],
  nl: [
    'De veerboot vertrok een uur te laat uit de haven, omdat de kapitein zijn bril kwijt was en niemand anders aan boord de kaart kon lezen. Toen we op het eiland aankwamen, waren de winkels al gesloten, dus aten we op het strand het brood dat nog over was.',
  ],
  af: [
    'Die veerboot het ’n uur laat uit die hawe vertrek, omdat die kaptein sy bril verloor het en niemand anders aan boord die kaart kon lees nie. Toe ons by die eiland aankom, was die winkels al toe, en ons het op die strand die brood geëet wat oor was.',
    'Hou die batterye op ’n droë plek en laai hulle voor die eerste gebruik. As ’n sel warm word, skakel die toestel af en laat dit vir dertig minute afkoel voordat jy weer probeer.',
  ],
  fy: [
    'De boat gie in oere te let út de haven, om’t de kaptein syn bril kwyt wie en nimmen oars oan board de kaart lêze koe. Doe’t wy op it eilân oankamen, wiene de winkels al ticht en ieten wy op it strân it brea dat noch oer wie.',
  ],
  lb: [
    'D’Fähr ass eng Stonn ze spéit aus dem Hafe gefuer, well de Kapitän säi Brëll verluer hat a soss keen um Bord d’Kaart liese konnt. Wéi mir op der Insel ukoumen, waren d’Geschäfter schonn zou, an dunn hu mir um Strand dat Brout giess, dat nach do war.',
  ],
  sv: [
    'Färjan lämnade hamnen en timme för sent, eftersom kaptenen hade tappat sina glasögon och ingen annan ombord kunde läsa sjökortet. När vi kom fram till ön var affärerna redan stängda, så vi åt det bröd som var kvar nere på stranden.',
  ],
  da: [
    'Færgen forlod havnen en time for sent, fordi kaptajnen havde mistet sine briller, og ingen andre om bord kunne læse søkortet. Da vi nåede frem til øen, var butikkerne allerede lukket, så vi spiste resten af vores brød på stranden.',
  ],
  no: [
    'Fergen forlot havnen en time for sent, fordi kapteinen hadde mistet brillene sine og ingen andre om bord kunne lese kartet. Da vi kom fram til øya, var butikkene allerede stengt, så vi spiste det brødet som var igjen nede på stranda.',
  ],
  is: [
    'Ferjan fór klukkutíma of seint úr höfninni, því að skipstjórinn hafði týnt gleraugunum sínum og enginn annar um borð kunni að lesa sjókortið. Þegar við komum til eyjarinnar voru búðirnar lokaðar, svo að við borðuðum brauðið sem eftir var niðri á ströndinni.',
  ],
  fi: [
    'Lautta lähti satamasta tunnin myöhässä, koska kapteeni oli hukannut silmälasinsa eikä kukaan muu laivalla osannut lukea merikorttia. Kun saavuimme saarelle, kaupat olivat jo kiinni, joten söimme rannalla leivän, joka meillä oli vielä jäljellä.',
  ],
  et: [
    'Praam väljus sadamast tund aega hiljem, sest kapten oli oma prillid ära kaotanud ja keegi teine pardal ei osanud merekaarti lugeda. Kui me saarele jõudsime, olid poed juba suletud ning me sõime rannas ära leiva, mis meil veel üle oli jäänud.',
  ],
  lv: [
    'Prāmis atstāja ostu stundu vēlāk, jo kapteinis bija pazaudējis savas brilles un neviens cits uz kuģa neprata lasīt karti. Kad mēs nonācām salā, veikali jau bija slēgti, un mēs pludmalē apēdām maizi, kas mums vēl bija palikusi.',
  ],
  lt: [
    'Keltas išplaukė iš uosto valanda vėliau, nes kapitonas buvo pametęs akinius, o niekas kitas laive nemokėjo skaityti žemėlapio. Kai pasiekėme salą, parduotuvės jau buvo uždarytos, todėl paplūdimyje suvalgėme duoną, kuri mums dar buvo likusi.',
  ],
  pl: [
    'Prom wypłynął z portu z godzinnym opóźnieniem, ponieważ kapitan zgubił okulary, a nikt inny na pokładzie nie umiał czytać mapy. Kiedy dotarliśmy na wyspę, sklepy były już zamknięte, więc zjedliśmy na plaży chleb, który nam jeszcze został.',
  ],
  cs: [
    'Přívoz vyplul z přístavu o hodinu později, protože kapitán ztratil brýle a nikdo jiný na palubě neuměl číst mapu. Když jsme dorazili na ostrov, obchody už byly zavřené, a tak jsme na pláži snědli chléb, který nám ještě zůstal.',
  ],
  sk: [
    'Prievoz vyplával z prístavu o hodinu neskôr, pretože kapitán stratil okuliare a nikto iný na palube nevedel čítať mapu. Keď sme dorazili na ostrov, obchody už boli zatvorené, a tak sme na pláži zjedli chlieb, ktorý nám ešte zostal.',
  ],
  sl: [
    'Trajekt je zapustil pristanišče z enourno zamudo, ker je kapitan izgubil očala in nihče drug na krovu ni znal brati karte. Ko smo prispeli na otok, so bile trgovine že zaprte, zato smo na plaži pojedli kruh, ki nam je še ostal.',
  ],
  hr: [
    'Trajekt je isplovio iz luke sa sat vremena zakašnjenja, jer je kapetan izgubio naočale, a nitko drugi na brodu nije znao čitati kartu. Kad smo stigli na otok, trgovine su već bile zatvorene, pa smo na plaži pojeli kruh koji nam je još ostao.',
  ],
  hu: [
    'A komp egy órás késéssel hagyta el a kikötőt, mert a kapitány elvesztette a szemüvegét, és a fedélzeten senki más nem tudta elolvasni a térképet. Mire a szigetre értünk, az üzletek már bezártak, így a tengerparton ettük meg azt a kenyeret, ami még megmaradt. Az idő gyönyörű volt, fűszeres szél fújt.',
  ],
  sq: [
    'Trageti u nis nga porti me një orë vonesë, sepse kapiteni kishte humbur syzet dhe askush tjetër në bord nuk dinte ta lexonte hartën. Kur arritëm në ishull, dyqanet ishin mbyllur tashmë, prandaj hëngrëm në plazh bukën që na kishte mbetur.',
  ],
  tr: [
    'Kaptan gözlüğünü kaybettiği ve gemideki hiç kimse haritayı okuyamadığı için vapur limandan bir saat geç ayrıldı. Adaya vardığımızda dükkânlar çoktan kapanmıştı, biz de kalan ekmeğimizi kumsalda oturup yedik. Çocuklar ise güneş batıncaya kadar şarkı söyledi.',
  ],
  az: [
    'Kapitan eynəyini itirdiyi və gəmidə heç kim xəritəni oxuya bilmədiyi üçün bərə limandan bir saat gec çıxdı. Biz adaya çatanda mağazalar artıq bağlanmışdı, ona görə də qalan çörəyimizi çimərlikdə oturub yedik.',
  ],
  uz: [
    'Kapitan ko‘zoynagini yo‘qotib qo‘ygani va kemadagi boshqa hech kim xaritani o‘qiy olmagani uchun parom bandargohdan bir soat kech jo‘nadi. Biz orolga yetib kelganimizda do‘konlar allaqachon yopilgan edi, shuning uchun qolgan nonimizni sohilda yedik.',
  ],
  eu: [
    'Ferria ordubete berandu irten zen portutik, kapitainak betaurrekoak galdu zituelako eta ontzian beste inork ez zekielako mapa irakurtzen. Uhartera iritsi ginenean dendak itxita zeuden jada, eta hondartzan jan genuen geratzen zitzaigun ogia.',
  ],
  ga: [
    'D’fhág an bád farantóireachta an cuan uair an chloig déanach, mar bhí a chuid spéaclaí caillte ag an gcaptaen agus ní raibh aon duine eile ar bord in ann an léarscáil a léamh. Nuair a shroicheamar an t-oileán bhí na siopaí dúnta cheana féin.',
  ],
  cy: [
    'Gadawodd y fferi yr harbwr awr yn hwyr, oherwydd bod y capten wedi colli ei sbectol ac nid oedd neb arall ar y bwrdd yn gallu darllen y siart. Pan gyrhaeddon ni’r ynys roedd y siopau wedi cau, felly fe fwyton ni weddill y bara ar y traeth.',
  ],
  mt: [
    'Il-vapur telaq mill-port siegħa tard, għax il-kaptan kien tilef in-nuċċali u ħadd ieħor abbord ma kien jaf jaqra l-mappa. Meta wasalna fil-gżira l-ħwienet kienu diġà magħluqa, u għalhekk kilna fuq ix-xatt il-ħobż li kien baqgħalna.',
  ],
  sco: [
    'The boat wis an oor late leavin the herbour, for the skipper had tint his glesses an naebody ither aboard kent hou tae read the chart. Whan we wan tae the isle the shops wis aw steekit, sae we ate whit wis left o oor breid doun on the strand, an the bairns gaed dookin.',
    'Ma grannie aye telt us that the burn ran ower the brae lang syne, afore the laird biggit his dyke. Nou there is nocht but a wheen stanes an a bit dub whaur the kye cam doun tae drink.',
  ],
  vi: [
    'Chuyến phà rời bến muộn một tiếng vì thuyền trưởng đánh mất kính và trên tàu không ai khác biết đọc hải đồ. Khi chúng tôi đến đảo thì các cửa hàng đã đóng cửa, nên chúng tôi ngồi trên bãi biển ăn nốt chỗ bánh mì còn lại.',
  ],
  id: [
    'Kapal feri itu meninggalkan pelabuhan satu jam terlambat karena nakhodanya kehilangan kacamata dan tidak ada orang lain di atas kapal yang dapat membaca peta laut. Ketika kami tiba di pulau itu, semua toko sudah tutup, jadi kami makan sisa roti di tepi pantai.',
  ],
  ms: [
    'Feri itu bertolak lewat sejam dari pelabuhan kerana kapten telah kehilangan cermin matanya dan tiada orang lain di atas kapal yang boleh membaca carta laut. Apabila kami sampai di pulau tersebut, kedai-kedai sudah pun ditutup, jadi kami makan baki roti di tepi pantai.',
  ],
  jv: [
    'Prau kuwi mangkat saka pelabuhan telat sak jam amarga nakhodane kelangan kacamata lan ora ana wong liya ing prau sing bisa maca peta. Bareng tekan pulo, toko-toko wis padha tutup, mula aku lan kanca-kanca mangan roti sing isih turah ana ing pinggir segara.',
  ],
  su: [
    'Parahu téh indit ti palabuan telat sajam, sabab nahkodana leungiteun kacamata sarta euweuh deui jalma dina parahu anu bisa maca peta. Barang nepi ka pulo, warung-warung geus tutup kabéh, nya urang dahar sésa roti di sisi basisir.',
  ],
  tl: [
    'Huling umalis ng isang oras ang lantsa sa daungan dahil nawala ng kapitan ang kanyang salamin at walang ibang tao sa barko na marunong bumasa ng mapa. Nang makarating kami sa isla ay sarado na ang mga tindahan, kaya kinain namin sa tabing-dagat ang natirang tinapay.',
  ],
  ceb: [
    'Ulahi og usa ka oras nga mibiya ang barko sa dunggoanan tungod kay nawala sa kapitan ang iyang antipara ug walay laing tawo nga makamao mobasa sa mapa. Pag-abot namo sa isla, sirado na ang mga tindahan, mao nga gikaon namo sa baybayon ang nahibiling pan.',
  ],
  sw: [
    'Feri iliondoka bandarini saa moja baadaye kwa sababu nahodha alikuwa amepoteza miwani yake na hapakuwa na mtu mwingine ndani ya chombo aliyejua kusoma ramani. Tulipofika kisiwani maduka yalikuwa yamefungwa tayari, kwa hiyo tulikula mkate uliobaki ufukweni.',
  ],
  zu: [
    'Isikebhe sasuka echwebeni sesidlulelwe yihora, ngoba ukapteni wayelahlekelwe yizibuko zakhe futhi kwakungekho omunye emkhunjini owayekwazi ukufunda imephu. Sathi sifika esiqhingini izitolo zase zivaliwe, ngakho sadla isinkwa esasisele ogwini lolwandle.',
  ],
  xh: [
    'Isikhephe sishiye izibuko emva kweyure kuba umphathi wenqanawa wayelahlekelwe ziindondo zakhe kwaye kwakungekho mntu wumbi owayenokukwazi ukufunda imephu. Ukufika kwethu esiqithini iivenkile zazisele zivaliwe, saza satya isonka esasishiyekile elunxwemeni.',
  ],
  so: [
    'Doontii waxay dekedda ka baxday saacad ka dib waqtigii, maxaa yeelay kabtanku wuxuu lumiyay muraayadihiisii oo cid kale oo markabka saarnayd ma aqoon akhrinta khariidadda. Markii aan gaadhnay jasiiradda dukaamadu way xirnaayeen, sidaas darteed waxaan xeebta ku cunnay rootigii haray.',
  ],
  ha: [
    'Jirgin ya bar tashar ruwa da jinkirin awa ɗaya, domin kyaftin ya ɓata tabaransa kuma babu wani a cikin jirgin da ya iya karanta taswira. Da muka isa tsibirin, an riga an rufe shaguna, don haka muka ci sauran burodin a bakin teku.',
  ],
  yo: [
    'Ọkọ̀ ojú omi náà kúrò ní èbúté lẹ́yìn wákàtí kan, nítorí pé ọ̀gá ọkọ̀ ti sọ awò ojú rẹ̀ nù, kò sì sí ẹlòmíràn nínú ọkọ̀ tó mọ bí a ṣe ń ka àwòrán ilẹ̀. Nígbà tí a dé erékùṣù náà, wọ́n ti ti àwọn ṣọ́ọ̀bù pa.',
  ],
  ig: [
    'Ụgbọ mmiri ahụ hapụrụ ọdụ ụgbọ mmiri mgbe otu awa gachara, n’ihi na onyeisi ụgbọ tụfuru ugegbe anya ya, ọ dịghịkwa onye ọzọ nọ n’ụgbọ maara otú e si agụ maapụ. Mgbe anyị rutere n’agwaetiti ahụ, e mechiela ụlọ ahịa niile.',
  ],
  ht: [
    'Bato a kite pò a inèdtan an reta, paske kapitèn nan te pèdi linèt li epi pa t gen lòt moun abò ki te konn li kat la. Lè nou rive sou zile a, magazen yo te deja fèmen, kidonk nou manje rès pen an sou plaj la.',
  ],
  eo: [
    'La pramo forlasis la havenon unu horon tro malfrue, ĉar la kapitano perdis siajn okulvitrojn kaj neniu alia surŝipe sciis legi la marmapon. Kiam ni atingis la insulon, la vendejoj jam estis fermitaj, do ni manĝis sur la strando la panon, kiu ankoraŭ restis.',
  ],
  mi: [
    'I wehe te waka i te wāpu i muri i te hāora kotahi, nā te mea kua ngaro ngā mōwhiti o te kāpene, ā, kāore he tangata atu i runga i te waka e mōhio ana ki te pānui i te mahere. I tō mātou taenga atu ki te motu kua kati kē ngā toa.',
  ],
  mg: [
    'Tara adiny iray ny sambo vao niala ny seranana, satria very ny solomason’ny kapiteny ary tsy nisy olon-kafa tao an-tsambo nahay namaky ny sarintany. Rehefa tonga tany amin’ny nosy izahay dia efa nikatona ny fivarotana rehetra.',
  ],
  rw: [
    'Ubwato bwavuye ku cyambu butinze isaha imwe kubera ko umusare mukuru yari yatakaje indorerwamo ze kandi nta wundi muntu wari mu bwato wari uzi gusoma ikarita. Tugeze ku kirwa twasanze amaduka yose yafunze, nuko turira ku nkombe umugati wari wasigaye.',
  ],
  qu: [
    'Wampuqa huk hora qhipata puertomanta lluqsirqan, capitanpa gafasnin chinkasqanrayku, manataq pipas chay wampupi mapata ñawiriyta yacharqanchu. Islaman chayaqtiyku tiendakuna wisqasqaña karqan, chayrayku playapi puchuq t’antata mikhurqayku.',
  ],
  pcm: [
    'Di boat comot from di harbour one hour late, because di captain don lose im glasses and nobody else for inside di boat sabi read di map. Wen we reach di island, all di shop don close, so we just siddon for beach chop di bread wey remain. Na so di day take end o.',
  ],
  ru: [
    'Паром вышел из гавани на час позже, потому что капитан потерял очки, а больше никто на борту не умел читать карту. Когда мы добрались до острова, магазины были уже закрыты, и мы доели на берегу оставшийся хлеб.',
  ],
  uk: [
    'Пором вийшов із гавані на годину пізніше, бо капітан загубив окуляри, а більше ніхто на борту не вмів читати мапу. Коли ми дісталися острова, крамниці вже були зачинені, і ми доїли на березі хліб, що в нас лишився.',
  ],
  be: [
    'Паром выйшаў з гавані на гадзіну пазней, бо капітан згубіў акуляры, а больш ніхто на борце не ўмеў чытаць карту. Калі мы дабраліся да вострава, крамы былі ўжо зачыненыя, і мы даелі на беразе хлеб, які ў нас застаўся.',
  ],
  bg: [
    'Фериботът напусна пристанището с един час закъснение, защото капитанът беше загубил очилата си, а никой друг на борда не умееше да чете картата. Когато стигнахме до острова, магазините вече бяха затворени и ние изядохме на плажа хляба, който ни беше останал.',
  ],
  sr: [
    'Трајект је испловио из луке са сат времена закашњења, јер је капетан изгубио наочаре, а нико други на броду није умео да чита карту. Кад смо стигли на острво, продавнице су већ биле затворене, па смо на плажи појели хлеб који нам је још остао.',
  ],
  kk: [
    'Капитан көзілдірігін жоғалтып алғандықтан және кемеде картаны оқи алатын басқа ешкім болмағандықтан, паром кемежайдан бір сағат кеш шықты. Біз аралға жеткенде дүкендер жабылып қалған екен, сондықтан қалған нанымызды жағада отырып жедік.',
  ],
  el: [
    'Το πλοίο έφυγε από το λιμάνι με μία ώρα καθυστέρηση, επειδή ο καπετάνιος είχε χάσει τα γυαλιά του και κανένας άλλος δεν ήξερε να διαβάζει τον χάρτη. Όταν φτάσαμε στο νησί, τα μαγαζιά ήταν ήδη κλειστά, κι έτσι φάγαμε στην παραλία το ψωμί που μας είχε μείνει. Άρχισε να βρέχει.',
  ],
  he: [
    'המעבורת עזבה את הנמל באיחור של שעה, מפני שרב החובל איבד את משקפיו ואיש מלבדו לא ידע לקרוא את המפה. כשהגענו אל האי היו החנויות סגורות כבר, ולכן אכלנו על החוף את הלחם שנשאר לנו.',
  ],
  ar: [
    'غادرت العبّارة الميناء متأخرة ساعة كاملة، لأن القبطان أضاع نظارته ولم يكن على متن السفينة من يستطيع قراءة الخريطة. وعندما وصلنا إلى الجزيرة كانت المتاجر قد أغلقت أبوابها، فأكلنا على الشاطئ ما بقي معنا من الخبز.',
  ],
  fa: [
    'کشتی یک ساعت دیرتر از بندر راه افتاد، چون ناخدا عینکش را گم کرده بود و هیچ‌کس دیگری در کشتی نمی‌توانست نقشه را بخواند. وقتی به جزیره رسیدیم، مغازه‌ها بسته بودند و ما نان باقی‌مانده را کنار ساحل خوردیم.',
  ],
  ur: [
    'جہاز ایک گھنٹہ دیر سے بندرگاہ سے روانہ ہوا کیونکہ کپتان کا چشمہ گم ہو گیا تھا اور جہاز پر کوئی دوسرا شخص نقشہ پڑھنا نہیں جانتا تھا۔ جب ہم جزیرے پر پہنچے تو دکانیں بند ہو چکی تھیں، اس لیے ہم نے ساحل پر بیٹھ کر بچی ہوئی روٹی کھائی۔',
  ],
  th: [
    'เรือข้ามฟากออกจากท่าช้าไปหนึ่งชั่วโมง เพราะกัปตันทำแว่นตาหายและไม่มีใครบนเรืออ่านแผนที่เป็น เมื่อเราไปถึงเกาะ ร้านค้าก็ปิดหมดแล้ว เราจึงนั่งกินขนมปังที่เหลืออยู่บนชายหาด',
  ],
  hi: [
    'नाव बंदरगाह से एक घंटे की देरी से निकली, क्योंकि कप्तान का चश्मा खो गया था और नाव पर कोई दूसरा नक्शा पढ़ना नहीं जानता था। जब हम द्वीप पर पहुँचे तो दुकानें बंद हो चुकी थीं, इसलिए हमने किनारे पर बैठकर बची हुई रोटी खाई।',
  ],
  bn: [
    'ক্যাপ্টেন তার চশমা হারিয়ে ফেলায় এবং জাহাজে আর কেউ মানচিত্র পড়তে না জানায় ফেরিটি এক ঘণ্টা দেরিতে বন্দর ছেড়েছিল। আমরা যখন দ্বীপে পৌঁছলাম, তখন দোকানগুলো বন্ধ হয়ে গেছে, তাই সৈকতে বসে বাকি রুটি খেলাম।',
  ],
  ta: [
    'தலைவர் தமது கண்ணாடியைத் தொலைத்துவிட்டதாலும் கப்பலில் வேறு யாருக்கும் வரைபடத்தைப் படிக்கத் தெரியாததாலும் படகு ஒரு மணி நேரம் தாமதமாகத் துறைமுகத்தை விட்டுப் புறப்பட்டது. நாங்கள் தீவை அடைந்தபோது கடைகள் மூடப்பட்டிருந்தன.',
  ],
  ka: [
    'ბორანი ნავსადგურიდან ერთი საათის დაგვიანებით გავიდა, რადგან კაპიტანმა სათვალე დაკარგა და გემზე სხვა არავინ იცოდა რუკის კითხვა. როცა კუნძულზე მივედით, მაღაზიები უკვე დაკეტილი იყო, ამიტომ დარჩენილი პური სანაპიროზე შევჭამეთ.',
  ],
  hy: [
    'Լաստանավը նավահանգստից դուրս եկավ մեկ ժամ ուշացումով, որովհետև նավապետը կորցրել էր ակնոցը, և նավի վրա ուրիշ ոչ ոք չգիտեր քարտեզ կարդալ։ Երբ հասանք կղզի, խանութներն արդեն փակ էին։',
  ],
}
