use super::Words;

pub(super) static WORDS: Words = Words {
    opens: ["{sale} beginnt bald", "Der Verkauf {sale} beginnt um {at}."],
    lobby_opens: [
        "Die Lobby von {sale} öffnet bald",
        "Die Lobby von {sale} öffnet um {at}. Wer sie betritt, solange sie offen ist, nimmt an der Verlosung teil.",
    ],
    in_lobby: [
        "Sie sind in der Lobby",
        "Ihre Teilnahme an {sale} ist eingetragen. Ausgelost wird zum Beginn des Verkaufs, um {at}.",
    ],
    your_turn: [
        "Sie sind an der Reihe",
        "{units} × {item} ist in {sale} für Sie reserviert, für zusammen {total}. Bezahlen Sie vor {at}, sonst endet die \
         Reservierung.",
        "{units} × {item} ist in {sale} für Sie reserviert. Zu bezahlen ist nichts: Nehmen Sie es vor {at} an, sonst endet die \
         Reservierung.",
    ],
    time_runs_out: [
        "Ihre Zeit läuft ab",
        "{units} × {item} ist in {sale} noch für Sie reserviert. Bezahlen Sie {total} vor {at}, sonst endet die Reservierung.",
        "{units} × {item} ist in {sale} noch für Sie reserviert. Zu bezahlen ist nichts: Nehmen Sie es vor {at} an, sonst endet \
         die Reservierung.",
    ],
    confirmed: [
        "Bestellung {order} ist bestätigt",
        "Ihre Zahlung für {sale} ist eingegangen.",
        "Ihre Bestellung in {sale} ist bestätigt. Zu bezahlen war nichts.",
    ],
    refunded: [
        "Erstattung zur Bestellung {order}",
        "{amount} Ihrer Bestellung {order} in {sale} wurden erstattet. Bis Ihre Bank es zeigt, kann es einige Tage dauern.",
    ],
    came_back: [
        "Die Erstattung zur Bestellung {order} ist nicht angekommen",
        "{amount} Ihrer Bestellung {order} in {sale} wurden erstattet und an uns zurückgeschickt: Sie haben das Geld nicht. Bitte \
         fragen Sie uns danach.",
    ],
    receipt: "Dies ist Ihr Beleg.",
    order: "Bestellnummer",
    total: "Summe",
    contact: "Fragen an",
    action: "Zum Verkauf",
    because_asked: "Sie erhalten dies, weil Sie unter dieser Adresse von {sale} hören wollten.",
    because_bought: "Sie erhalten dies, weil Sie diese Adresse zu Ihrer Bestellung in {sale} angegeben haben.",
    stop: "Keine Mails mehr zu diesem Verkauf",
};
