//! Products: what can be put into sales.

use chrono::{DateTime, Utc};
use sale::ids::EventId;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

const UNIQUE_VIOLATION: &str = "23505";

/// A product.
pub struct Product {
    /// Which.
    pub id: Uuid,
    /// Its stock-keeping unit; unique, and never changed.
    pub sku: String,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub description: String,
    /// What it looks like.
    pub image_url: Option<String>,
    /// Without a sale, in minor units.
    pub list_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// Raised by every change.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A new product.
pub struct NewProduct<'a> {
    /// Which.
    pub id: Uuid,
    /// Its stock-keeping unit.
    pub sku: &'a str,
    /// What it is called.
    pub name: &'a str,
    /// What it is.
    pub description: &'a str,
    /// What it looks like.
    pub image_url: Option<&'a str>,
    /// In minor units.
    pub list_minor: i64,
    /// ISO 4217.
    pub currency: &'a str,
}

/// What changes of a product; `None` stays.
pub struct ProductChange<'a> {
    /// What it is called.
    pub name: Option<&'a str>,
    /// What it is.
    pub description: Option<&'a str>,
    /// What it looks like; `Some(None)` removes the picture.
    pub image_url: Option<Option<&'a str>>,
    /// In minor units.
    pub list_minor: Option<i64>,
}

/// Products, the latest first; those after `before` in that order, if there is one. With a `text`, those whose name has it, or whose SKU begins
/// with it, in whatever letters.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn list(pool: &PgPool, text: Option<&str>, before: Option<Uuid>, limit: i64) -> sqlx::Result<Vec<Product>> {
    let text = text.map(literally);
    let products = sqlx::query_as!(
        Product,
        "SELECT id, sku, name, description, image_url, list_minor, currency, version, created_at, updated_at
         FROM products
         WHERE ($1::uuid IS NULL OR id < $1) AND ($3::text IS NULL OR name ILIKE '%' || $3 || '%' OR sku ILIKE $3 || '%')
         ORDER BY id DESC LIMIT $2",
        before,
        limit,
        text
    );
    products.fetch_all(pool).await
}

/// A text as a pattern of LIKE that stands for itself alone.
fn literally(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for sign in text.chars() {
        if ['\\', '%', '_'].contains(&sign) {
            pattern.push('\\');
        }
        pattern.push(sign);
    }
    pattern
}

/// Locks the products with these SKUs, those that there are, and returns them in no order. As [`lock`] does, and always in the same order, so that
/// two who lock several wait for each other.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn lock_with_skus(transaction: &mut PgConnection, skus: &[String]) -> sqlx::Result<Vec<Product>> {
    let products = sqlx::query_as!(
        Product,
        "SELECT id, sku, name, description, image_url, list_minor, currency, version, created_at, updated_at
         FROM products WHERE sku = ANY($1) ORDER BY id FOR NO KEY UPDATE",
        skus
    );
    products.fetch_all(transaction).await
}

/// One product.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn find(pool: &PgPool, id: Uuid) -> sqlx::Result<Option<Product>> {
    let product = sqlx::query_as!(
        Product,
        "SELECT id, sku, name, description, image_url, list_minor, currency, version, created_at, updated_at
         FROM products WHERE id = $1",
        id
    );
    product.fetch_optional(pool).await
}

/// What a sale must know of the product of an item.
pub struct Priced {
    /// Which.
    pub id: Uuid,
    /// Its stock-keeping unit.
    pub sku: String,
    /// Without a sale, in minor units.
    pub list_minor: i64,
    /// ISO 4217.
    pub currency: String,
}

/// The products with these SKUs, in no order; of those that there are.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn with_skus(connection: &mut PgConnection, skus: &[String]) -> sqlx::Result<Vec<Priced>> {
    let products =
        sqlx::query_as!(Priced, "SELECT id, sku, list_minor, currency FROM products WHERE sku = ANY($1)", skus);
    products.fetch_all(connection).await
}

/// Makes a product; false when another has its SKU: then the transaction is to be rolled back.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn insert(transaction: &mut PgConnection, new: &NewProduct<'_>) -> sqlx::Result<bool> {
    let inserted = sqlx::query!(
        "INSERT INTO products (id, sku, name, description, image_url, list_minor, currency)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        new.id,
        new.sku,
        new.name,
        new.description,
        new.image_url,
        new.list_minor,
        new.currency
    );
    match inserted.execute(transaction).await {
        Ok(_) => Ok(true),
        Err(sqlx::Error::Database(refused)) if refused.code().is_some_and(|code| code == UNIQUE_VIOLATION) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Locks a product, and returns it; `None` when there is none.
///
/// Not its key: whoever replaces a sale that has it refers to that, and locks the sale first.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn lock(transaction: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Product>> {
    let product = sqlx::query_as!(
        Product,
        "SELECT id, sku, name, description, image_url, list_minor, currency, version, created_at, updated_at
         FROM products WHERE id = $1 FOR NO KEY UPDATE",
        id
    );
    product.fetch_optional(transaction).await
}

/// Changes a product that is locked. Returns its SKU and its new version.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn update(
    transaction: &mut PgConnection,
    id: Uuid,
    change: &ProductChange<'_>,
) -> sqlx::Result<(String, i64)> {
    let updated = sqlx::query!(
        "UPDATE products SET name = coalesce($2, name), description = coalesce($3, description),
                image_url = CASE WHEN $6 THEN $4 ELSE image_url END, list_minor = coalesce($5, list_minor),
                version = version + 1, updated_at = now()
         WHERE id = $1 RETURNING sku, version",
        id,
        change.name,
        change.description,
        change.image_url.flatten(),
        change.list_minor,
        change.image_url.is_some()
    );
    let row = updated.fetch_one(transaction).await?;
    Ok((row.sku, row.version))
}

/// Raises the version of every sale that has a product and is not over: what people read about it is part of the sale.
/// Returns these sales with their new versions.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn touch_sales(transaction: &mut PgConnection, id: Uuid) -> sqlx::Result<Vec<(EventId, i64)>> {
    lock_sales(transaction, &[id]).await?;
    let sales = sqlx::query!(
        "UPDATE sale_events e SET version = version + 1, updated_at = now()
         WHERE id IN (SELECT event_id FROM sale_items WHERE product_id = $1)
           AND (closes_at > now()
                OR EXISTS (SELECT FROM event_pauses p WHERE p.event_id = e.id AND p.resumed_at IS NULL))
         RETURNING id, version",
        id
    );
    Ok(sales.fetch_all(transaction).await?.into_iter().map(|sale| (EventId(sale.id), sale.version)).collect())
}

/// Locks all sales that have any of these products, in the same order always: two who change several products would otherwise each wait for what
/// the other has.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn lock_sales(transaction: &mut PgConnection, products: &[Uuid]) -> sqlx::Result<()> {
    let locked = sqlx::query!(
        "SELECT id FROM sale_events e
         WHERE id IN (SELECT event_id FROM sale_items WHERE product_id = ANY($1))
           AND (closes_at > now()
                OR EXISTS (SELECT FROM event_pauses p WHERE p.event_id = e.id AND p.resumed_at IS NULL))
         ORDER BY id FOR NO KEY UPDATE",
        products
    );
    locked.fetch_all(transaction).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_for_stands_for_itself() {
        assert_eq!(literally("50%_off\\"), "50\\%\\_off\\\\");
        assert_eq!(literally("Lamp"), "Lamp");
    }
}
